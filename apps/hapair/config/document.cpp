#include "apps/hapair/config/document.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "apps/hapair/config/token_cursor.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxQuoted = 40;

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
          static_cast<std::uint32_t>(before.size() - line_start + 1)};
}

/// Builds the tree from nlohmann/json's SAX events.
class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(std::string_view text, FaultList& faults)
      : text_(text), cursor_(text), faults_(faults) {}

  bool null() override { return add(Value::Kind::kNull); }
  bool boolean(bool value) override { return add(Value::Kind::kBoolean, "", value ? 1 : 0); }
  bool number_integer(number_integer_t value) override { return add_number(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return add_number(std::nullopt);
    }
    return add_number(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& /*raw*/) override {
    return add_number(std::nullopt);
  }
  bool string(string_t& value) override { return add(Value::Kind::kString, std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // not in JSON text

  bool start_object(std::size_t /*elements*/) override { return open(Value::Kind::kObject); }
  bool start_array(std::size_t /*elements*/) override { return open(Value::Kind::kArray); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const Position at = cursor_.seek();
    cursor_.take();
    Frame& frame = open_.back();
    frame.skip = !frame.keys.insert(name).second;
    if (frame.skip) {
      const std::string path = join_path(frame.path, base::printable(name, kMaxQuoted));
      const Position first = frame.value.find(name)->at;
      faults_.add(at, path,
                  base::concat("the key is given twice, first in line ", first.line,
                               "; a key stands once in its object; remove one of the two"));
    }
    frame.value.members.push_back({std::move(name), at, {}});
    return true;
  }

  bool parse_error(std::size_t offset, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override;

  [[nodiscard]] Value take_root() { return std::move(root_); }

 private:
  struct Frame {
    Value value;
    std::string path;
    std::unordered_set<std::string> keys;
    bool skip = false;  ///< the last key is a duplicate: its value goes nowhere
  };

  bool add(Value::Kind kind, std::string text = {}, std::int64_t integer = 0) {
    Value value;
    value.kind = kind;
    value.at = cursor_.seek();
    value.text = std::move(text);
    value.integer = integer;
    value.boolean = integer != 0;
    cursor_.take();
    return place(std::move(value));
  }

  bool add_number(std::optional<std::int64_t> integer) {
    Value value;
    value.kind = integer ? Value::Kind::kInteger : Value::Kind::kNumber;
    value.at = cursor_.seek();
    value.text = cursor_.take();
    value.integer = integer.value_or(0);
    return place(std::move(value));
  }

  bool open(Value::Kind kind) {
    Frame frame;
    frame.value.kind = kind;
    frame.value.at = cursor_.seek();
    frame.path = next_path();
    cursor_.take();
    if (open_.size() == kMaxDepth) {
      faults_.add(frame.value.at, frame.path,
                  base::concat("the file is nested more than ", kMaxDepth,
                               " levels deep; no part of the configuration needs that"));
      return false;
    }
    open_.push_back(std::move(frame));
    return true;
  }

  bool close() {
    cursor_.seek();
    cursor_.take();
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return place(std::move(value));
  }

  /// Puts a finished value where it belongs.
  bool place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Frame& frame = open_.back();
    if (frame.value.kind == Value::Kind::kArray) {
      frame.value.items.push_back(std::move(value));
    } else if (frame.skip) {
      frame.value.members.pop_back();
    } else {
      frame.value.members.back().value = std::move(value);
    }
    return true;
  }

  /// The path of the value that comes next.
  [[nodiscard]] std::string next_path() const {
    if (open_.empty()) return {};
    const Frame& frame = open_.back();
    if (frame.value.kind == Value::Kind::kArray) {
      return join_path(frame.path, frame.value.items.size());
    }
    if (frame.value.members.empty()) return frame.path;
    return join_path(frame.path, base::printable(frame.value.members.back().key, kMaxQuoted));
  }

  void report_unexpected(std::string_view reason);
  void report_early_end(Position at);

  std::string_view text_;
  TokenCursor cursor_;
  FaultList& faults_;
  std::vector<Frame> open_;
  Value root_;
};

/// What the parser says after its last " - ", in its own words.
std::string_view reason_in(std::string_view message) {
  const std::size_t dash = message.find(" - ");
  return dash == std::string_view::npos ? message : message.substr(dash + 3);
}

bool TreeBuilder::parse_error(std::size_t offset, const std::string& /*token*/,
                              const nlohmann::detail::exception& error) {
  std::string_view reason = reason_in(error.what());
  if (reason.find("number overflow") != std::string_view::npos) {
    faults_.add(cursor_.seek(), next_path(),
                "the number is too large for any use; write a smaller");
    return false;
  }
  if (!reason.starts_with("invalid ")) {
    report_unexpected(reason);
    return false;
  }
  // A token that is none: the offset counts the characters read, the last being the wrong one.
  reason = reason.substr(0, reason.find("; last read"));
  std::string_view remedy;
  if (reason.find("missing closing quote") != std::string_view::npos ||
      reason.find("control character") != std::string_view::npos) {
    remedy = "; a text ends with \" on its own line";
  } else if (reason.find("literal") != std::string_view::npos) {
    remedy = "; texts and keys stand in double quotes, the other words are true, false and null";
  } else if (reason.find("number") != std::string_view::npos) {
    remedy = "; numbers are written like 80, without leading zeros or signs like +";
  } else if (reason.find("UTF-8") != std::string_view::npos) {
    remedy = "; save the file as UTF-8";
  } else if (reason.find("comment") != std::string_view::npos) {
    remedy = "; comments are // to the end of the line or /* to */";
  } else if (reason.find("surrogate") != std::string_view::npos) {
    remedy = "; write the character itself";
  } else {
    remedy = "; write a backslash as \\\\";
  }
  faults_.add(position_of(text_, offset == 0 ? 0 : offset - 1), "",
              base::concat("no JSON: ", reason, remedy));
  return false;
}

/// A token in a place where it must not be: mostly a comma too many or too few.
void TreeBuilder::report_unexpected(std::string_view reason) {
  const Position at = cursor_.seek();
  if (cursor_.at_end()) {
    report_early_end(at);
    return;
  }
  const char next = cursor_.next();
  const bool closing = next == '}' || next == ']';
  const bool whole = open_.empty();
  if (whole && root_.kind != Value::Kind::kNull) {
    faults_.add(at, "",
                base::concat("no JSON: '", next,
                             "' behind the end of the configuration; remove the rest of the file"));
  } else if (closing && cursor_.comma()) {
    faults_.add(*cursor_.comma(), "",
                base::concat("no JSON: a comma before '", next, "'; remove the comma"));
  } else if (reason.starts_with("unexpected ','") && cursor_.comma()) {
    faults_.add(*cursor_.comma(), "",
                "no JSON: nothing stands before the comma; write a value or remove the comma");
  } else if (reason.ends_with("expected ':'")) {
    faults_.add(at, "", "no JSON: a key has no colon behind it; write \"key\": value");
  } else if (closing && reason.find("a literal") != std::string_view::npos) {
    faults_.add(at, "", "no JSON: a key has no value; write one behind its colon");
  } else if (cursor_.follows_zero()) {
    faults_.add(at, "", "no JSON: a number with a zero before it; remove the zero");
  } else if (!closing && (reason.ends_with("'}'") || reason.ends_with("']'"))) {
    faults_.add(at, "",
                base::concat("no JSON: '", next,
                             "' without a comma before it; put one between "
                             "two entries"));
  } else {
    faults_.add(at, "",
                base::concat("no JSON: '", next, "' does not belong here",
                             closing ? "; check which bracket is to be closed"
                                     : "; keys stand in double quotes"));
  }
}

void TreeBuilder::report_early_end(Position at) {
  if (open_.empty()) {
    faults_.add(at, "", "the file is empty; a configuration is an object: { \"cluster\": ... }");
    return;
  }
  const bool object = open_.back().value.kind == Value::Kind::kObject;
  faults_.add(
      at, "",
      base::concat("the file ends before the '", object ? "{" : "[", "' of line ",
                   open_.back().value.at.line, " is closed; add a '", object ? "}" : "]", "'"));
}

/// Control characters have no place in a configuration, and a zero byte would end it unseen.
bool has_only_text(std::string_view text, FaultList& faults) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    faults.add({}, "", "the file is in UTF-16; save it as UTF-8");
    return false;
  }
  const auto bad = std::ranges::find_if(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  if (bad == text.end()) return true;
  const auto offset = static_cast<std::size_t>(bad - text.begin());
  faults.add(position_of(text, offset), "",
             base::concat("the file holds the control character ",
                          base::printable(text.substr(offset, 1)), "; remove it"));
  return false;
}

}  // namespace

const Member* Value::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &Member::key);
  return found == members.end() ? nullptr : &*found;
}

std::optional<Value> parse_document(std::string_view text, FaultList& faults) {
  if (text.size() > kMaxFileBytes) {
    faults.add({}, "",
               base::concat("the file has more than ", kMaxFileBytes,
                            " bytes; no configuration needs that: is it the right file?"));
    return std::nullopt;
  }
  if (!has_only_text(text, faults)) return std::nullopt;
  TreeBuilder builder(text, faults);
  constexpr bool kStrict = true;
  constexpr bool kIgnoreComments = true;
  if (!json::sax_parse(text, &builder, json::input_format_t::json, kStrict, kIgnoreComments)) {
    return std::nullopt;
  }
  return builder.take_root();
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case Value::Kind::kInteger:
    case Value::Kind::kNumber:
      return base::concat("the number ", base::printable(value.text, kMaxQuoted));
    case Value::Kind::kString:
      return base::concat("the text \"", base::printable(value.text, kMaxQuoted), "\"");
    case Value::Kind::kArray:
      return "a list";
    case Value::Kind::kObject:
      return "an object";
  }
  return {};
}

}  // namespace hapair::config
