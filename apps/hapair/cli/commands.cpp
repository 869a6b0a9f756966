#include "apps/hapair/cli/commands.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hapair::cli {
namespace {

std::vector<Command> make_table() {
  std::vector<Command> all;
  for (std::vector<Command> part :
       {node_commands(), look_commands(), order_commands(), import_commands()}) {
    std::ranges::move(part, std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> kTable = make_table();
  return kTable;
}

const Command* find_command(std::string_view name) {
  const auto at = std::ranges::find(commands(), name, &Command::name);
  return at == commands().end() ? nullptr : &*at;
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const OptionUse& use : command.options) {
    const bool short_one = !name.empty() && name == use.option.short_name;
    if (name == use.option.name || short_one) return &use.option;
  }
  return nullptr;
}

}  // namespace hapair::cli
