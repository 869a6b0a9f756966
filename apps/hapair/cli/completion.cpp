#include "apps/hapair/cli/completion.hpp"

#include <map>
#include <string_view>

#include "apps/hapair/cli/commands.hpp"
#include "common/base/text.hpp"

namespace hapair::cli {
namespace {

using base::concat;

constexpr std::string_view kHead =
    "# bash completion for hapair(8)\n"
    "\n"
    "_hapair()\n"
    "{\n"
    "    local cur prev words cword verb='' i\n"
    "    _init_completion -s || return\n"
    "\n"
    "    for ((i = 1; i < cword; i++)); do\n"
    "        if [[ ${words[i]} != -* ]]; then\n"
    "            verb=${words[i]}\n"
    "            break\n"
    "        fi\n"
    "    done\n"
    "\n"
    "    case $prev in\n";

constexpr std::string_view kMiddle =
    "    esac\n"
    "\n"
    "    local options=''\n"
    "    case $verb in\n";

constexpr std::string_view kTail =
    "    esac\n"
    "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
    "} &&\n"
    "    complete -F _hapair hapair\n";

std::string_view shell_call(Completes completes) {
  switch (completes) {
    case Completes::kNothing:
      return {};
    case Completes::kFile:
      return "_filedir";
    case Completes::kJsonFile:
      return "_filedir json";
    case Completes::kFolder:
      return "_filedir -d";
  }
  return {};
}

/// What is completed behind an option that takes a value.
std::string value_cases() {
  std::map<Completes, std::string> patterns;
  for (const Command& command : commands()) {
    for (const OptionUse& use : command.options) {
      const Option& option = use.option;
      if (option.value.empty()) continue;
      std::string& pattern = patterns[option.completes];
      const std::string known = concat(" | ", pattern, " | ");
      if (known.find(concat(" ", option.name, " ")) != std::string::npos) continue;
      if (!option.short_name.empty()) {
        pattern += concat(pattern.empty() ? "" : " | ", option.short_name);
      }
      pattern += concat(pattern.empty() ? "" : " | ", option.name);
    }
  }
  std::string out;
  for (const auto& [completes, pattern] : patterns) {
    out += concat("        ", pattern, ")\n");
    const std::string_view call = shell_call(completes);
    if (!call.empty()) out += concat("            ", call, "\n");
    out += "            return\n            ;;\n";
  }
  return out;
}

std::string verb_case(std::string_view verb, std::string_view words, Completes completes) {
  std::string out = concat("        ", verb, ")\n            options='", words, "'\n");
  const std::string_view call = shell_call(completes);
  if (!call.empty()) {
    out += concat("            [[ $cur == -* ]] || { ", call, "; return; }\n");
  }
  return out + "            ;;\n";
}

std::string words_of(const Command& command) {
  std::string out;
  for (const std::string_view choice : command.choices) out += concat(choice, " ");
  for (const OptionUse& use : command.options) out += concat(use.option.name, " ");
  return out + "--help";
}

}  // namespace

std::string render_completion() {
  std::string names;
  for (const Command& command : commands()) names += concat(names.empty() ? "" : " ", command.name);
  std::string out = concat(kHead, value_cases(), kMiddle);
  out += verb_case("''", concat(names, " --help --version"), Completes::kNothing);
  for (const Command& command : commands()) {
    const bool help = command.verb == Verb::kHelp;
    out += verb_case(command.name, help ? names : words_of(command), command.completes);
  }
  return out + std::string(kTail);
}

}  // namespace hapair::cli
