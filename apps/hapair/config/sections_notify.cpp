#include "apps/hapair/config/sections_notify.hpp"

#include <chrono>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kWords{1, 32};

void describe_script(Shape& shape, std::string_view name, std::string_view doc,
                     ScriptDraft& script) {
  script.path = join_path(shape.path(), name);
  shape.texts({name, doc}, kWords, rules::kScriptWord, script.words);
}

}  // namespace

void describe_notify(Shape& shape, std::string_view doc, std::optional<NotifyDraft>& notify) {
  shape.object({"notify", doc}, [&](Shape& inner) {
    NotifyDraft& draft = notify.emplace();
    draft.path = inner.path();
    describe_script(inner, "master", "Run on becoming master: a path and its arguments.",
                    draft.master);
    describe_script(inner, "backup", "Run on becoming backup.", draft.backup);
    describe_script(inner, "fault", "Run when this node can't be master.", draft.fault);
    describe_script(inner, "stop", "Run when hapair stops.", draft.stop);
    describe_script(inner, "any", "Run at each of these, after the script for it.", draft.any);
    inner.text({"user", "Who the scripts run as."}, rules::kAccount, draft.user);
    inner.duration({"timeout", "A script that takes longer is ended."}, DurationRule{100ms, 10min},
                   draft.timeout);
  });
}

}  // namespace hapair::config
