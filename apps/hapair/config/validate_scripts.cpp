// Cross checks of the scripts that the file names; see validate.hpp. Whether they are there and
// safe to run is looked at by load().
#include <algorithm>
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

constexpr std::string_view kScripts[] = {"master", "backup", "fault", "stop", "any"};

}  // namespace

void check_scripts(const CrossCheck& check) {
  for (const ScriptDraft* script : scripts_of(check.draft)) {
    const ListedText& program = script->words.front();
    if (program.text.starts_with('/')) continue;
    check.fault(program.path,
                base::concat("'", base::printable(program.text, 64),
                             "' is no absolute path; name the program by one, such as "
                             "/etc/hapair/notify, and each argument behind it by itself"));
  }
  for (const NotifyDraft* notify : notifies_of(check.draft)) {
    const bool none = std::ranges::none_of(kScripts, [&](std::string_view key) {
      return check.positions.given(join_path(notify->path, key));
    });
    if (none) {
      check.fault(notify->path, "names no script; give one of master, backup, fault, stop and any");
    }
  }
}

}  // namespace hapair::config
