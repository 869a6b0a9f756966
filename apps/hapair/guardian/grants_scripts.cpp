#include "apps/hapair/guardian/grants_scripts.hpp"

#include <utility>

#include "apps/hapair/guardian/wire.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::size_t kMaxArguments = 64;
constexpr std::size_t kMaxUserGroups = 64;
constexpr std::size_t kMaxWord = 4096;
constexpr std::uint16_t kNone = 0xffff;

void put_script(ByteWriter& out, const scripts::Script& script) {
  out.u16(static_cast<std::uint16_t>(script.argv.size()));
  for (const std::string& word : script.argv) put_text(out, word);
  out.u32(script.uid).u32(script.gid);
  out.u16(static_cast<std::uint16_t>(script.groups.size()));
  for (const std::uint32_t group : script.groups) out.u32(group);
  put_duration(out, script.timeout);
  out.u8(static_cast<std::uint8_t>(script.kind));
  out.u8(script.hears ? 1 : 0);
}

base::Result<scripts::Script> take_script(ByteReader& in) {
  scripts::Script script;
  const std::size_t words = in.u16();
  if (words == 0 || words > kMaxArguments)
    return malformed_grants("a script has 1 to 64 arguments");
  for (std::size_t i = 0; i < words; ++i) {
    script.argv.push_back(take_text(in));
    const std::string& word = script.argv.back();
    if (word.size() > kMaxWord || word.find('\0') != std::string::npos) {
      return malformed_grants("an argument of a script is impossible");
    }
  }
  script.uid = in.u32();
  script.gid = in.u32();
  const std::size_t groups = in.u16();
  if (groups > kMaxUserGroups) return malformed_grants("a script's user is in too many groups");
  for (std::size_t i = 0; i < groups; ++i) script.groups.push_back(in.u32());
  const auto timeout = take_duration(in);
  if (!timeout || timeout->count() == 0) return malformed_grants("a script has no time");
  script.timeout = *timeout;
  const std::uint8_t kind = in.u8();
  if (kind >= scripts::kScriptKinds) return malformed_grants("a script is of no known kind");
  script.kind = static_cast<scripts::ScriptKind>(kind);
  const auto hears = take_flag(in);
  if (!hears) return malformed_grants("a flag is neither 0 nor 1");
  script.hears = *hears;
  if (script.kind == scripts::ScriptKind::kProgram && !script.argv.front().starts_with('/')) {
    return malformed_grants("a script is no absolute path");
  }
  return script;
}

void put_index(ByteWriter& out, const std::optional<std::size_t>& index) {
  out.u16(index ? static_cast<std::uint16_t>(*index) : kNone);
}

/// False when it is of no script.
bool take_index(ByteReader& in, std::size_t scripts, std::optional<std::size_t>& into) {
  const std::uint16_t index = in.u16();
  if (index != kNone) into = index;
  return index == kNone || index < scripts;
}

base::Result<NotifyGrant> take_notify(ByteReader& in, std::size_t scripts) {
  NotifyGrant notify;
  const auto group = take_flag(in);
  if (!group) return malformed_grants("a flag is neither 0 nor 1");
  notify.subject = *group ? vrrp::NotifySubject::kGroup : vrrp::NotifySubject::kInstance;
  notify.name = take_text(in);
  bool fine = take_index(in, scripts, notify.any);
  for (auto& script : notify.by_state) fine = take_index(in, scripts, script) && fine;
  if (!fine) return malformed_grants("a notify script is none of the scripts");
  return notify;
}

}  // namespace

void put_scripts(ByteWriter& out, const Grants& grants) {
  out.u16(static_cast<std::uint16_t>(grants.scripts.size()));
  for (const scripts::Script& script : grants.scripts) put_script(out, script);
  out.u16(static_cast<std::uint16_t>(grants.notifies.size()));
  for (const NotifyGrant& notify : grants.notifies) {
    out.u8(notify.subject == vrrp::NotifySubject::kGroup ? 1 : 0);
    put_text(out, notify.name);
    put_index(out, notify.any);
    for (const auto& script : notify.by_state) put_index(out, script);
  }
}

base::Result<void> take_scripts(ByteReader& in, Grants& grants) {
  const std::size_t scripts = in.u16();
  if (scripts > kMaxScripts) return malformed_grants("more than 1024 scripts");
  for (std::size_t i = 0; i < scripts; ++i) {
    auto script = take_script(in);
    if (!script) return std::unexpected(script.error());
    grants.scripts.push_back(std::move(*script));
  }
  const std::size_t notifies = in.u16();
  if (notifies > kMaxNotifies) return malformed_grants("more than 192 subjects are notified of");
  for (std::size_t i = 0; i < notifies; ++i) {
    auto notify = take_notify(in, scripts);
    if (!notify) return std::unexpected(notify.error());
    grants.notifies.push_back(std::move(*notify));
  }
  return {};
}

}  // namespace hapair::guardian
