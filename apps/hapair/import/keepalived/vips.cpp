// `vips`: what the instances of the nodes say together. Where the nodes differ in what they must
// agree on, the first one counts and the line of the other is wrong.
#include <algorithm>

#include "apps/hapair/import/keepalived/routes.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "apps/hapair/import/keepalived/vip_addresses.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::size_t kMaxPassword = 8;  // VRRP version 2, RFC 2338

class VipWriter {
 public:
  VipWriter(Work& work, const VipInput& vip)
      : work_(work), vip_(vip), out_(work.config()["vips"][vip.name]) {}

  void run() {
    for (const Member& member : vip_.members) work_.carry(out_, *member.block);
    out_["router_id"] = vip_.router_id;
    write_addresses(work_, vip_, out_);
    if (!vip_.network.empty()) out_["network"] = vip_.network;
    out_["version"] = vip_.version;
    write_interval();
    write_failback();
    write_transport();
    write_auth();
    write_announce();
    if (vip_.first("use_vmac") != nullptr) out_["virtual_mac"] = true;
    write_routes(work_, vip_, out_);
    check_states();
  }

 private:
  /// Of a keyword that all nodes must agree on: the first node's, with the others' told of.
  const Statement* agreed(std::string_view name) {
    const auto lines = vip_.each(name);
    if (lines.empty()) return nullptr;
    for (const Statement* const line : lines) {
      if (line->word(1) == lines.front()->word(1)) continue;
      work_.account().wrong(
          line->at,
          concat("the nodes differ in ", name, " (", lines.front()->word(1), " in ",
                 work_.context.sources.name(lines.front()->at), "), and would not heed each other"),
          concat(lines.front()->word(1), " for all"));
    }
    return lines.front();
  }

  void write_interval() {
    const Statement* const line = agreed("advert_int");
    std::int64_t interval = kSecond;
    if (line != nullptr) {
      const auto given = microseconds_of(line->word(1));
      if (!given || *given < kSecond / 100 || *given > 255 * kSecond) {
        for (const Statement* const each : vip_.each("advert_int")) {
          if (each->word(1) != line->word(1)) continue;
          work_.account().wrong(each->at, "advert_int is 0.01 to 255 seconds", "1 second");
        }
      } else {
        interval = *given;
      }
    }
    if (line != nullptr && vip_.version == 2 && interval % kSecond != 0) {
      interval = std::max<std::int64_t>(1, (interval + kSecond / 2) / kSecond) * kSecond;
      for (const Statement* const each : vip_.each("advert_int")) {
        if (each->word(1) != line->word(1)) continue;  // told of already
        work_.account().wrong(each->at, "VRRP version 2 counts in whole seconds",
                              concat(duration_text(interval),
                                     ", as keepalived does; `version` 3 "
                                     "would allow what is written"));
      }
    } else if (line != nullptr && vip_.version == 3) {
      constexpr std::int64_t kUnit = kSecond / 100;
      constexpr std::int64_t kLongest = 4095 * kUnit;
      const std::int64_t rounded = std::min(kLongest, (interval + kUnit / 2) / kUnit * kUnit);
      if (rounded != interval) {
        for (const Statement* const each : vip_.each("advert_int")) {
          if (each->word(1) != line->word(1)) continue;
          work_.account().changed(each->at, concat("is ", duration_text(rounded),
                                                   ": version 3 counts in steps of 10 ms, up to "
                                                   "40.95 s"));
        }
        interval = rounded;
      }
    }
    JsonTree& out = out_["advert_interval"];
    out = duration_text(interval);
    if (line != nullptr) work_.carry(out, *line);
  }

  /// Whether the preferred node takes the VIP back: nopreempt of any node, since it is the
  /// returning one that heeds it.
  void write_failback() {
    for (const Statement* const line : vip_.each("nopreempt")) {
      JsonTree& out = out_["failback"];
      out = "never";
      work_.carry(out, *line);
    }
    for (const Member& member : vip_.members) {
      const Statement* const line = member.block->last("nopreempt");
      const Statement* const state = member.block->last("state");
      if (line != nullptr && state != nullptr && state->word(1) == "MASTER") {
        work_.account().wrong(line->at,
                              concat("keepalived ignores nopreempt beside \"state MASTER\" (line ",
                                     state->at.line, ")"),
                              "that it is meant: `failback` is \"never\"");
      }
    }
    for (const Statement* const line : vip_.each("preempt_delay")) {
      const auto delay = microseconds_of(line->word(1));
      if (!delay || *delay > 1000 * kSecond) {
        work_.account().wrong(line->at, "preempt_delay is 0 to 1000 seconds", "no delay");
      } else if (!out_.contains("failback") && *delay > 0) {
        JsonTree& out = out_["failback"];
        out = duration_text(*delay);
        work_.carry(out, *line);
      }
    }
  }

  void write_transport() {
    std::size_t with = 0;
    for (const Member& member : vip_.members) {
      const Statement* const peers = member.block->last("unicast_peer");
      if (peers != nullptr && !peers->block.empty()) ++with;
    }
    if (with == 0) return;
    out_["transport"] = "unicast";
    if (with == vip_.members.size()) return;
    for (const Member& member : vip_.members) {
      const Statement* const peers = member.block->last("unicast_peer");
      if (peers != nullptr && !peers->block.empty()) continue;
      work_.account().wrong(peers != nullptr ? peers->at : member.block->at,
                            "this node names no peers and so sends to the multicast group, where "
                            "the others, which send by unicast, don't listen",
                            "unicast on all nodes");
    }
  }

  // --- authentication ---

  static const Statement* auth_line(const Statement& block, std::string_view name) {
    const Statement* const inner = block.last("authentication");
    const Statement* const line = inner == nullptr ? nullptr : inner->last(name);
    return line != nullptr ? line : block.last(name);  // older files have it in the instance
  }

  void write_auth() {
    const Statement* type = nullptr;
    const Statement* password = nullptr;
    for (const Member& member : vip_.members) {
      const Statement* const its_type = auth_line(*member.block, "auth_type");
      const Statement* const its_password = auth_line(*member.block, "auth_pass");
      compare_auth(type, its_type, "auth_type");
      compare_auth(password, its_password, "auth_pass");
      if (type == nullptr) type = its_type;
      if (password == nullptr) password = its_password;
    }
    if (vip_.first("auth_hmac") != nullptr) return sign_instead("auth_hmac");
    if (vip_.version == 3) {
      out_["auth"]["type"] = "none";
      return leave_auth_out("VRRP version 3 has no authentication (RFC 9568)");
    }
    if (type == nullptr || type->word(1) == "NONE" || type->word(1) == "none") return;
    if (is_strict()) return leave_auth_out("vrrp_strict allows no authentication");
    if (type->word(1) == "AH") return sign_instead("auth_type");
    write_password(password, *type);
  }

  void compare_auth(const Statement* first, const Statement* other, std::string_view name) {
    if (first == nullptr || other == nullptr || first->word(1) == other->word(1)) return;
    work_.account().wrong(
        other->at,
        concat("the nodes differ in ", name, " (", work_.context.sources.name(first->at),
               "): each would refuse the other, and both be master"),
        "that of the first file, for all nodes");
  }

  /// What keepalived passes over with no more than a line in its log.
  void leave_auth_out(std::string_view why) {
    for (const Member& member : vip_.members) {
      const Statement* const block = member.block->last("authentication");
      if (block == nullptr) continue;
      work_.account().wrong(block->at, concat(why, ", and keepalived ignores this"),
                            "none; `cluster.secret_file` with `auth` \"hmac\" signs "
                            "adverts between hapair nodes");
      work_.settle(*block);
    }
  }

  [[nodiscard]] bool is_strict() const {
    return std::ranges::any_of(vip_.members, [this](const Member& member) {
      const Statement* const own = member.block->last("strict_mode");
      if (own != nullptr) return truth_of(own->word(1), true).value_or(true);
      return work_.global(member.node, "vrrp_strict") != nullptr;
    });
  }

  /// What IPsec's AH, or keepalived's own signatures, are for hapair signs adverts of version 3.
  void sign_instead(std::string_view word) {
    out_["version"] = 3;
    out_["auth"]["type"] = "hmac";
    work_.wants_secret = true;
    for (const Member& member : vip_.members) {
      if (const Statement* const line = auth_line(*member.block, word)) {
        work_.account().changed(
            line->at,
            "adverts are signed (`auth` \"hmac\", VRRP version 3) with a key from "
            "`cluster.secret_file`; a keepalived node would not understand that: "
            "change all nodes at once");
      }
      if (const Statement* const password = auth_line(*member.block, "auth_pass")) {
        work_.account().not_needed(password->at,
                                   "the key of `cluster.secret_file` takes its place");
      }
    }
  }

  void write_password(const Statement* line, const Statement& type) {
    if (type.word(1) != "PASS" && type.word(1) != "SIMPLE") {
      work_.account().wrong(
          type.at, concat("\"", base::printable(type.word(1)), "\" is no auth_type: PASS or AH"),
          "PASS");
    }
    std::string password(line == nullptr ? std::string_view() : line->word(1));
    if (line == nullptr || password.empty()) {
      work_.account().wrong(line == nullptr ? type.at : line->at,
                            "auth_type PASS without a password", "no authentication");
      return;
    }
    const bool visible =
        std::ranges::all_of(password, [](char c) { return c > ' ' && c < '\x7F'; });
    if (!visible) {
      work_.account().undecided(line->at, "the password has blanks or characters outside ASCII",
                                "choose another for all nodes; the import leaves it out");
      return;
    }
    judge_password(password);
    password = password.substr(0, kMaxPassword);
    const std::string path =
        concat(work_.context.options.secrets, "/vrrp-", vip_.name, ".password");
    JsonTree& out = out_["auth"];
    out["type"] = "pass";
    out["password_file"] = path;
    work_.carry(out, *line);
    work_.carry(out, type);
    work_.context.draft.secrets.push_back({.path = path, .text = password});
  }

  /// Each node's line is judged: people mend what they are shown.
  void judge_password(std::string_view password) {
    const bool digits = std::ranges::all_of(password, [](char c) { return c >= '0' && c <= '9'; });
    for (const Member& member : vip_.members) {
      const Statement* const line = auth_line(*member.block, "auth_pass");
      if (line == nullptr) continue;
      if (line->word(1).size() > kMaxPassword) {
        work_.account().wrong(line->at, "VRRP passwords have up to 8 characters",
                              "the first 8 of it, as keepalived takes them");
      }
      if (digits || password.size() < 6) {
        work_.account().wrong(
            line->at,
            concat("a password of ", password.size(), digits ? " digits" : " characters",
                   " in clear text guards the election: whoever is on the network reads it in "
                   "every advert"),
            "the same password, so that a keepalived node is still understood; it is in a file "
            "for root only. Once all nodes run hapair, set `version` 3 and a "
            "`cluster.secret_file`: adverts are signed then");
      } else {
        work_.account().changed(line->at,
                                "the password is in a file that only root can read, "
                                "`auth.password_file`");
      }
    }
  }

  // --- announcements ---

  /// The instance's own setting, else the global one.
  [[nodiscard]] const Statement* announced(std::string_view own, std::string_view global) const {
    const Statement* const line = vip_.first(own);
    return line != nullptr ? line : work_.global(global);
  }

  void write_announce() {
    if (const auto* const line = announced("garp_master_repeat", "vrrp_garp_master_repeat")) {
      if (const auto count = whole_number(line->word(1), 1, 100)) {
        if (*count != 5) out_["announce"]["repeat"] = *count;
      } else {
        work_.account().changed(line->at,
                                "`announce.repeat` is 1 to 100; the default, 5, is taken");
      }
    }
    write_time("garp_master_delay", "vrrp_garp_master_delay", "delay", 3600 * kSecond, 5 * kSecond);
    write_time("garp_master_refresh", "vrrp_garp_master_refresh", "refresh", 86400 * kSecond,
               60 * kSecond);
    write_time("garp_interval", "vrrp_garp_interval", "interval", kSecond / 10, 0);
  }

  void write_time(std::string_view own, std::string_view global, std::string_view key,
                  std::int64_t longest, std::int64_t usual) {
    const Statement* const line = announced(own, global);
    if (line == nullptr) return;
    const auto time = microseconds_of(line->word(1));
    if (!time) {
      std::vector<const Statement*> lines = vip_.each(own);
      if (lines.empty()) lines.push_back(line);
      for (const Statement* const each : lines) {
        if (each->word(1) != line->word(1)) continue;
        work_.account().wrong(each->at, concat(each->name(), " is a number of seconds"),
                              "hapair's default");
      }
      return;
    }
    if (*time > longest) {
      work_.account().changed(line->at, concat("is ", duration_text(longest), ", the longest"));
    }
    if (*time == usual) return;
    JsonTree& out = out_["announce"][key];
    out = duration_text(std::min(*time, longest));
    work_.carry(out, *line);
  }

  // --- states ---

  void check_states() {
    const Statement* master = nullptr;
    for (const Member& member : vip_.members) {
      const Statement* const state = member.block->last("state");
      if (state == nullptr) continue;
      const std::string_view word = state->word(1);
      if (word != "MASTER" && word != "BACKUP") {
        work_.account().wrong(
            state->at,
            concat("\"", base::printable(word), "\" is no state; keepalived takes BACKUP"),
            "the priorities decide, as they do in keepalived a few seconds "
            "after the start");
      } else if (word == "MASTER" && master != nullptr) {
        work_.account().wrong(
            state->at,
            concat("both nodes say state MASTER (", work_.context.sources.name(master->at), ")"),
            "the priorities decide, as they do in keepalived");
      }
      if (word == "MASTER" && master == nullptr) master = state;
    }
  }

  Work& work_;
  const VipInput& vip_;
  JsonTree& out_;
};

}  // namespace

void write_vips(Work& work) {
  for (const VipInput& vip : work.vips) VipWriter(work, vip).run();
  if (!work.wants_secret) return;
  const std::string path = concat(work.context.options.secrets, "/cluster.secret");
  work.config()["cluster"]["secret_file"] = path;
  work.context.draft.secrets.push_back({.path = path, .text = {}});
}

}  // namespace hapair::importing::keepalived
