// Reads a keepalived.conf, with what it includes, as the node reads it that has a certain config
// id: conditions, definitions and sequences are carried out, and a tree of statements comes out.
// What is wrong with the text itself is said to the account.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/keepalived/definitions.hpp"
#include "apps/hapair/import/keepalived/statement.hpp"
#include "apps/hapair/import/keepalived/words.hpp"

namespace hapair::importing::keepalived {

/// Lines with conditions: those that were passed over are not needed, unless another node's reading
/// has taken them.
struct PassedOver {
  std::vector<std::pair<Place, std::string>> lines{};  ///< and why
  std::set<Place> taken{};
};

/// What the readings for several nodes have in common.
struct Readings {
  /// A file that is included from a certain line is loaded once, for however many nodes.
  std::map<std::pair<std::string, Place>, std::uint32_t> included{};
  PassedOver passed_over{};
  std::size_t grown = 0;  ///< bytes that definitions, sequences and repeated includes have made
};

class Reader {
 public:
  static constexpr std::size_t kMaxStatements = 100'000;  ///< of one node, sequences carried out
  static constexpr std::size_t kMaxBlockDepth = 16;
  static constexpr std::size_t kMaxNesting = 64;  ///< of sequences and definitions in one another
  /// Of what definitions, sequences and repeated includes make of the files, for all nodes.
  static constexpr std::size_t kMaxGrownBytes = 4U * 1024 * 1024;

  Reader(Context& context, Readings& readings, std::string config_id)
      : context_(context),
        readings_(readings),
        config_id_(std::move(config_id)),
        definitions_(context.options.environment, config_id_) {}

  /// The file's statements in the block of one without words.
  [[nodiscard]] Statement read(std::uint32_t file);

 private:
  void read_file(std::uint32_t file);
  /// A line with what belongs to it by `\` at its end; how many lines it took.
  std::size_t read_line(std::uint32_t file, std::size_t index);
  /// "$NAME=..." over one or more lines; how many lines it took.
  std::size_t define(std::uint32_t file, std::size_t index, const Definition& definition);
  void take_code(std::string_view code, const Place& at, std::size_t nesting);
  /// True: `code` goes on behind its condition, or has none.
  bool meets_condition(std::string_view& code, const Place& at);
  /// False: the text has grown beyond kMaxGrownBytes, which has been told; nothing more is read.
  bool may_grow(std::size_t bytes, const Place& at);
  void repeat(const Sequence& sequence, const Place& at, std::size_t nesting);
  void include(const Statement& statement);
  void take_words(std::vector<Word> words, const Place& at);
  void open_block(const Place& at);
  void close_block(const Place& at);
  void add_statement(Statement statement);
  /// A root keyword inside a block tells that a brace is missing.
  void mend_missing_brace(const Statement& statement);
  void finish();
  void fail_at(const Place& at, std::string what);
  [[nodiscard]] Statement& top() { return *open_.back(); }

  Context& context_;
  Readings& readings_;
  std::string config_id_;
  Definitions definitions_;
  std::set<std::pair<Place, std::string>> defined_;
  Statement root_;
  std::vector<Statement*> open_;  ///< from the root to the innermost open block
  std::vector<std::string> comments_;
  std::size_t statements_ = 0;
  bool full_ = false;
};

/// All ids that conditions (`@id`, `@^id`) of the text name, in the order of the lines.
[[nodiscard]] std::vector<std::string> condition_ids(const Source& source);

}  // namespace hapair::importing::keepalived
