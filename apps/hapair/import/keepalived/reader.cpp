#include "apps/hapair/import/keepalived/reader.hpp"

#include <algorithm>
#include <array>

#include "apps/hapair/import/keepalived/words.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

/// What a line that a definition or a sequence makes counts besides its text.
constexpr std::size_t kBytesOfLine = 256;

constexpr std::array<std::string_view, 6> kIncludes{"include",  "includer", "includem",
                                                    "includew", "includeb", "includea"};
/// Blocks that stand at the root only: inside another one they tell of a missing brace.
constexpr std::array<std::string_view, 6> kRootBlocks{
    "global_defs",     "vrrp_instance",  "vrrp_script",
    "vrrp_sync_group", "virtual_server", "virtual_server_group",
};

/// The folder of a path, with its slash at the end; empty: none.
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

struct Condition {
  bool negated = false;
  std::string_view id;
  std::string_view rest;
};

std::optional<Condition> condition_of(std::string_view code) {
  if (!code.starts_with('@')) return std::nullopt;
  code.remove_prefix(1);
  Condition out;
  if (code.starts_with('^')) {
    out.negated = true;
    code.remove_prefix(1);
  }
  const std::size_t end = std::min(code.find_first_of(" \t"), code.size());
  out.id = code.substr(0, end);
  out.rest = base::trim(code.substr(end));
  return out;
}

}  // namespace

std::vector<std::string> condition_ids(const Source& source) {
  std::vector<std::string> out;
  for (const std::string_view line : source.lines) {
    const auto condition = condition_of(split_comment(line).code);
    if (!condition || condition->id.empty()) continue;
    if (!is_one_of(condition->id, out)) out.emplace_back(condition->id);
  }
  return out;
}

Statement Reader::read(std::uint32_t file) {
  root_.at = {.file = file};
  root_.has_block = true;
  open_ = {&root_};
  read_file(file);
  finish();
  return std::move(root_);
}

void Reader::read_file(std::uint32_t file) {
  definitions_.set_folder(folder_of(context_.sources[file].path));
  const std::size_t count = context_.sources[file].lines.size();
  for (std::size_t i = 0; i < count;) i += read_line(file, i);
}

std::size_t Reader::read_line(std::uint32_t file, std::size_t index) {
  const SplitLine line = split_comment(context_.sources[file].lines[index]);
  const Place at{
      .file = file, .line = static_cast<std::uint32_t>(index + 1), .column = line.column};
  if (line.code.empty()) {
    if (line.has_comment) {
      context_.account.comment(at);
      if (!line.comment.empty()) comments_.emplace_back(line.comment);
    }
    return 1;
  }
  if (const auto definition = definition_of(line.code)) return define(file, index, *definition);
  const std::size_t before = statements_;
  take_code(line.code, at, 0);
  // What stands behind is a remark on the statement that this line has made.
  if (line.has_comment && !line.comment.empty()) {
    Statement& block = top();
    Statement* last = block.block.empty() ? &block : &block.block.back();
    if (statements_ > before && last->remark.empty()) {
      last->remark = std::string(line.comment);
    } else {
      comments_.emplace_back(line.comment);
    }
  }
  return 1;
}

std::size_t Reader::define(std::uint32_t file, std::size_t index, const Definition& definition) {
  const Source& source = context_.sources[file];
  const Place first{.file = file, .line = static_cast<std::uint32_t>(index + 1)};
  std::string text(definition.text);
  std::size_t taken = 1;
  while (text.ends_with('\\') && index + taken < source.lines.size()) {
    text.pop_back();
    const Place at{.file = file, .line = static_cast<std::uint32_t>(index + taken + 1)};
    context_.account.same_as(at, first);
    const SplitLine next = split_comment(source.lines[index + taken]);
    if (!text.empty()) text += '\n';
    text += next.code;
    if (next.has_comment && !next.comment.empty()) comments_.emplace_back(next.comment);
    ++taken;
  }
  defined_.emplace(first, definition.name);
  const auto done = definitions_.set(definition.name, std::move(text));
  if (!done) fail_at(first, done.error().message);
  return taken;
}

bool Reader::meets_condition(std::string_view& code, const Place& at) {
  const auto condition = condition_of(code);
  if (!condition) return true;
  if (condition->id.empty()) {
    fail_at(at, "\"@\" without a name is no condition");
    return false;
  }
  if ((condition->id == config_id_) == condition->negated) {
    readings_.passed_over.lines.emplace_back(
        at, concat("it holds for ", condition->negated ? "nodes other than " : "the node ",
                   base::printable(condition->id), " only, and no file of such a node is given"));
    return false;
  }
  readings_.passed_over.taken.insert(at);
  code = condition->rest;
  return true;
}

void Reader::take_code(std::string_view code, const Place& at, std::size_t nesting) {
  if (full_) return;
  if (nesting > kMaxNesting) return fail_at(at, "definitions and sequences are nested too deep");
  if (!meets_condition(code, at) || code.empty()) return;
  if (const auto definition = definition_of(code)) {
    defined_.emplace(at, definition->name);
    if (auto done = definitions_.set(definition->name, std::string(definition->text)); !done) {
      fail_at(at, done.error().message);
    }
    return;
  }
  const auto sequence = sequence_of(code);
  if (!sequence) return fail_at(at, sequence.error().message);
  if (*sequence) return repeat(**sequence, at, nesting);
  const auto text = definitions_.expand(code);
  if (!text) return fail_at(at, text.error().message);
  if (*text != code && (text->contains('\n') || text->starts_with('~') || text->starts_with('@') ||
                        text->starts_with('$'))) {
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::string_view line = base::trim(base::take_part(rest, '\n'));
      if (!may_grow(line.size() + kBytesOfLine, at)) return;
      // A text that stays what it is would come back here for ever.
      if (!line.empty() && line != code) take_code(line, at, nesting + 1);
    }
    return;
  }
  if (*text != code && !may_grow(text->size(), at)) return;
  LineWords line = words_of(*text, at.column);
  if (line.open_quote) fail_at(at, "a quote has no end in this line");
  if (line.words.empty()) return;
  Statement statement{.at = at, .words = std::move(line.words)};
  if (is_one_of(statement.name(), kIncludes) && !statement.words.front().quoted) {
    return include(statement);
  }
  take_words(std::move(statement.words), at);
}

bool Reader::may_grow(std::size_t bytes, const Place& at) {
  if (full_) return false;
  readings_.grown += bytes;
  if (readings_.grown <= kMaxGrownBytes) return true;
  full_ = true;
  fail_at(at, concat("definitions, sequences and repeated includes make more than ", kMaxGrownBytes,
                     " bytes of the files; nothing behind this line is read"));
  return false;
}

void Reader::repeat(const Sequence& sequence, const Place& at, std::size_t nesting) {
  for (const auto& turn : sequence.turns) {
    for (std::size_t i = 0; i < turn.size(); ++i) {
      if (auto done = definitions_.set(sequence.names[i], turn[i]); !done) {
        return fail_at(at, done.error().message);
      }
    }
    if (!may_grow(sequence.rest.size() + kBytesOfLine, at)) return;
    take_code(sequence.rest, at, nesting + 1);
  }
}

void Reader::include(const Statement& statement) {
  const Place at = statement.at;
  if (statement.words.size() != 2) {
    return fail_at(at, "include takes one file name or pattern");
  }
  const std::string folder = folder_of(context_.sources[at.file].path);
  const std::string pattern = statement.word(1).starts_with('/')
                                  ? std::string(statement.word(1))
                                  : concat(folder, statement.word(1));
  const std::vector<std::string> paths = context_.files.glob(pattern);
  if (paths.empty()) {
    return context_.account.undecided(at, concat("no file is called ", base::printable(pattern)),
                                      "give the file, or take the line out");
  }
  context_.account.changed(at, "the included files are part of the one config");
  for (const std::string& path : paths) {
    const auto known = readings_.included.find({path, at});
    if (known != readings_.included.end()) {
      if (!may_grow(context_.sources[known->second].text.size(), at)) return;
      read_file(known->second);
      continue;
    }
    const auto file = context_.load(path, Program::kKeepalived, context_.sources[at.file].node, at);
    if (!file) {
      context_.account.undecided(at, file.error().message, "mend the include");
      continue;
    }
    readings_.included.emplace(std::pair(path, at), *file);
    read_file(*file);
  }
  definitions_.set_folder(folder);
}

void Reader::take_words(std::vector<Word> words, const Place& at) {
  Statement statement{.at = at, .words = {}};
  for (Word& word : words) {
    const bool brace = !word.quoted && (word.text == "{" || word.text == "}");
    if (!brace) {
      statement.words.push_back(std::move(word));
      continue;
    }
    if (!statement.words.empty()) {
      add_statement(std::exchange(statement, Statement{.at = at, .words = {}}));
    }
    const Place place{.file = at.file, .line = at.line, .column = word.column};
    if (word.text == "{") {
      open_block(place);
    } else {
      close_block(place);
    }
  }
  if (!statement.words.empty()) add_statement(std::move(statement));
}

void Reader::add_statement(Statement statement) {
  if (full_) return;
  if (++statements_ > kMaxStatements) {
    full_ = true;
    return fail_at(statement.at, concat("there are more than ", kMaxStatements, " statements"));
  }
  mend_missing_brace(statement);
  statement.comments = std::exchange(comments_, {});
  top().block.push_back(std::move(statement));
}

void Reader::mend_missing_brace(const Statement& statement) {
  if (open_.size() < 2 || !is_one_of(statement.name(), kRootBlocks) || statement.words.size() > 3) {
    return;
  }
  if (statement.name() == "vrrp_script" && top().name() != "vrrp_instance" &&
      top().name() != "global_defs" && top().name() != "vrrp_script") {
    return;
  }
  const Statement& block = top();
  context_.account.wrong(
      statement.at,
      concat("\"", statement.name(), "\" cannot stand in the block \"", block.name(),
             "\" that begins in line ", block.at.line, "; a \"}\" is missing before it"),
      "the block ends before this line");
  open_.resize(1);
}

void Reader::open_block(const Place& at) {
  Statement& block = top();
  if (block.block.empty() || block.block.back().has_block) {
    context_.account.wrong(at, "a \"{\" without a keyword before it", "the block is passed over");
    block.block.push_back({.at = at, .words = {}});
  }
  if (open_.size() > kMaxBlockDepth) {
    context_.account.wrong(at, "blocks are nested too deep", "the block is passed over");
    full_ = true;
    return;
  }
  Statement& opened = block.block.back();
  opened.has_block = true;
  if (at.line != opened.at.line || at.file != opened.at.file) opened.braces.push_back(at);
  open_.push_back(&opened);
}

void Reader::close_block(const Place& at) {
  if (full_) return;
  if (open_.size() < 2) {
    return context_.account.wrong(at, "a \"}\" too many: no block is open here",
                                  "it is passed over");
  }
  top().braces.push_back(at);
  top().tail = std::exchange(comments_, {});
  open_.pop_back();
}

void Reader::finish() {
  for (; open_.size() > 1; open_.pop_back()) {
    context_.account.wrong(top().at, concat("the block \"", top().name(), "\" has no \"}\""),
                           "it ends with the file");
  }
  root_.tail = std::exchange(comments_, {});
  for (const auto& [at, name] : defined_) {
    context_.account.changed(at,
                             definitions_.used().contains(name)
                                 ? concat("$", name, " is replaced by its text where it is used")
                                 : concat("$", name, " is used nowhere, and left out"));
  }
}

void Reader::fail_at(const Place& at, std::string what) {
  context_.account.undecided(at, std::move(what), "mend the line; the import passes it over");
}

}  // namespace hapair::importing::keepalived
