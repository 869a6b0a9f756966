#include "liblb/core/name_watch.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

/// An address that no server can have, or that means nothing without an interface.
bool is_no_host(const base::IpAddress& address) {
  constexpr std::uint32_t kBroadcast = 0xffffffff;
  return address.is_any() || address.is_multicast() || address.is_link_local() ||
         (address.is_v4() && address.v4_host_order() == kBroadcast);
}

/// 1 to kMaxWeight, in proportion to the largest; who has none gets little, not nothing (RFC 2782).
std::uint32_t scaled(std::uint16_t weight, std::uint16_t largest) {
  if (largest <= NameWatch::kMaxWeight) return std::max<std::uint32_t>(weight, 1);
  return std::max<std::uint32_t>(weight * NameWatch::kMaxWeight / largest, 1);
}

}  // namespace

std::string_view to_string(NameRecord record) {
  switch (record) {
    case NameRecord::kIpv4:
      return "A";
    case NameRecord::kIpv6:
      return "AAAA";
    case NameRecord::kService:
      return "SRV";
  }
  return {};
}

std::string_view to_string(NameState state) {
  switch (state) {
    case NameState::kResolving:
      return "resolving";
    case NameState::kResolved:
      return "resolved";
    case NameState::kKept:
      return "kept";
  }
  return {};
}

NameWatch::NameWatch(NameSettings settings)
    : settings_(std::move(settings)), backoff_(settings_.retry) {}

NameEffects NameWatch::on_start(base::Instant now) {
  next_round_ = now;
  return on_time(now);
}

NameEffects NameWatch::on_time(base::Instant now) {
  NameEffects effects;
  sweep(now, effects);
  if (out_ == 0 && next_round_ && now >= *next_round_) begin_round(effects);
  return effects;
}

std::optional<base::Instant> NameWatch::due() const {
  std::optional<base::Instant> due;
  if (out_ == 0) due = next_round_;
  for (const Server& server : servers_) {
    if (server.leaving) due = due ? std::min(*due, goes_at(server)) : goes_at(server);
  }
  return due;
}

void NameWatch::begin_round(NameEffects& effects) {
  ++round_;
  next_round_.reset();
  if (settings_.service) {
    ask(settings_.name, NameRecord::kService, effects);
  } else {
    ask_host(settings_.name, effects);
  }
}

void NameWatch::ask(const std::string& name, NameRecord record, NameEffects& effects) {
  const NameQuestion question{name, record};
  Known& known = known_[question];
  if (known.round == round_) return;
  known.round = round_;
  known.asked = true;
  ++out_;
  effects.push_back(AskName{question});
}

void NameWatch::ask_host(const std::string& name, NameEffects& effects) {
  if (settings_.choice != AddressChoice::kOnlyIpv6) ask(name, NameRecord::kIpv4, effects);
  if (settings_.choice != AddressChoice::kOnlyIpv4) ask(name, NameRecord::kIpv6, effects);
}

void NameWatch::ask_hosts_of_service(NameEffects& effects) {
  std::set<std::string> hosts;
  for (const ServiceHost& host : known_[{settings_.name, NameRecord::kService}].services) {
    if (hosts.size() < kMaxHosts && !host.name.empty()) hosts.insert(host.name);
  }
  for (const std::string& host : hosts) ask_host(host, effects);
}

NameEffects NameWatch::on_answer(const NameQuestion& question, NameAnswer answer,
                                 base::Instant now) {
  NameEffects effects;
  const auto found = known_.find(question);
  if (found == known_.end() || !std::exchange(found->second.asked, false)) return effects;
  --out_;
  learn(found->second, std::move(answer), now);
  if (question.record == NameRecord::kService) ask_hosts_of_service(effects);
  if (out_ == 0) conclude(now, effects);
  return effects;
}

void NameWatch::learn(Known& known, NameAnswer answer, base::Instant now) {
  known.last = answer.kind;
  known.text = std::move(answer.text);
  known.ttl = answer.ttl;
  if (answer.kind == NameAnswer::Kind::kFailed) {
    if (!known.failing_since) known.failing_since = now;
    if (now - *known.failing_since < settings_.hold_failed) return;
  } else {
    known.failing_since.reset();
  }
  known.addresses = std::move(answer.addresses);
  known.services = std::move(answer.services);
}

std::vector<base::IpAddress> NameWatch::addresses_of(const std::string& host) const {
  const auto of = [&](NameRecord record) {
    std::vector<base::IpAddress> addresses;
    const auto found = known_.find({host, record});
    if (found == known_.end()) return addresses;
    for (const base::IpAddress& address : found->second.addresses) {
      if (is_no_host(address)) continue;
      if (std::ranges::find(settings_.refused, address) != settings_.refused.end()) continue;
      addresses.push_back(address);
    }
    return addresses;
  };
  std::vector<base::IpAddress> ipv4 = of(NameRecord::kIpv4);
  std::vector<base::IpAddress> ipv6 = of(NameRecord::kIpv6);
  switch (settings_.choice) {
    case AddressChoice::kPreferIpv4:
      return ipv4.empty() ? ipv6 : ipv4;
    case AddressChoice::kPreferIpv6:
      return ipv6.empty() ? ipv4 : ipv6;
    case AddressChoice::kOnlyIpv4:
      return ipv4;
    case AddressChoice::kOnlyIpv6:
      return ipv6;
    case AddressChoice::kBoth:
      ipv4.insert(ipv4.end(), ipv6.begin(), ipv6.end());
      return ipv4;
  }
  return {};
}

void NameWatch::want(const std::string& host, const Wanted& as, std::vector<Wanted>& into) const {
  for (const base::IpAddress& address : addresses_of(host)) {
    Wanted one = as;
    one.endpoint.address = address;
    if (std::ranges::find(into, one.endpoint, &Wanted::endpoint) == into.end()) {
      into.push_back(one);
    }
  }
}

std::vector<NameWatch::Wanted> NameWatch::wanted() const {
  std::vector<Wanted> all;
  if (!settings_.service) {
    want(settings_.name, {.endpoint = {{}, settings_.port}, .weight = settings_.weight}, all);
  } else if (const auto found = known_.find({settings_.name, NameRecord::kService});
             found != known_.end()) {
    std::vector<ServiceHost> hosts = found->second.services;
    // The lowest priority of an endpoint counts; of several such the heaviest.
    std::ranges::sort(hosts, [](const ServiceHost& a, const ServiceHost& b) {
      return std::pair(a.priority, b.weight) < std::pair(b.priority, a.weight);
    });
    std::set<std::uint16_t> priorities;
    std::uint16_t largest = 0;
    for (const ServiceHost& host : hosts) {
      priorities.insert(host.priority);
      largest = std::max(largest, host.weight);
    }
    for (const ServiceHost& host : hosts) {
      const auto tier = std::distance(priorities.begin(), priorities.find(host.priority));
      want(host.name,
           {.endpoint = {{}, host.port},
            .weight = scaled(host.weight, largest),
            .tier = static_cast<std::uint16_t>(tier)},
           all);
    }
  }
  std::ranges::sort(all, [](const Wanted& a, const Wanted& b) {
    return std::pair(a.tier, a.endpoint) < std::pair(b.tier, b.endpoint);
  });
  return all;
}

void NameWatch::conclude(base::Instant now, NameEffects& effects) {
  // Questions of hosts that a service no longer has are forgotten.
  std::erase_if(known_, [this](const auto& each) { return each.second.round != round_; });
  const std::vector<Wanted> all = wanted();
  const bool failed = std::ranges::any_of(
      known_, [](const auto& each) { return each.second.last == NameAnswer::Kind::kFailed; });
  std::string why = trouble();
  if (all.empty() && why.empty()) {
    why = settings_.service ? "the service is not offered" : "its addresses can't be used";
  }
  if (!all.empty()) {
    none_since_.reset();
    change_servers(all, now, effects);
  } else {
    if (!none_since_) none_since_ = now;
    if (expired(now) || now - *none_since_ >= settings_.hold_none) remove_all(why, effects);
  }
  plan_next(failed, all.empty(), now);
  if (servers_.empty()) {
    tell(NameState::kResolving, std::move(why), effects);
  } else if (all.empty() || failed) {
    tell(NameState::kKept, std::move(why), effects);
  } else {
    tell(NameState::kResolved, {}, effects);
  }
}

void NameWatch::plan_next(bool failed, bool empty, base::Instant now) {
  if (failed) {
    next_round_ = now + backoff_;
    backoff_ = std::min(backoff_ * 2, kMaxRetry);
    return;
  }
  backoff_ = settings_.retry;
  base::Duration ttl = settings_.max_ttl;
  for (const auto& [question, known] : known_) {
    if (empty || known.last == NameAnswer::Kind::kData) ttl = std::min(ttl, known.ttl);
  }
  if (empty) ttl = std::min(ttl, kMaxNoneTtl);
  next_round_ = now + std::max(ttl, settings_.min_ttl);
  if (empty && !servers_.empty()) {
    next_round_ = std::min(*next_round_, *none_since_ + settings_.hold_none);
  }
}

bool NameWatch::expired(base::Instant now) const {
  return std::ranges::any_of(known_, [&](const auto& each) {
    const auto& since = each.second.failing_since;
    return since && now - *since >= settings_.hold_failed;
  });
}

std::string NameWatch::trouble() const {
  // A failure explains more than that there is nothing.
  for (const NameAnswer::Kind kind : {NameAnswer::Kind::kFailed, NameAnswer::Kind::kNone}) {
    for (const auto& [question, known] : known_) {
      if (known.last != kind) continue;
      return base::concat(question.name, " (", to_string(question.record), "): ", known.text);
    }
  }
  return {};
}

void NameWatch::tell(NameState state, std::string why, NameEffects& effects) {
  if (state == state_ && why == why_) return;
  state_ = state;
  why_ = std::move(why);
  effects.push_back(TellName{state_, why_});
}

void NameWatch::change_servers(const std::vector<Wanted>& wanted, base::Instant now,
                               NameEffects& effects) {
  const auto wanted_as = [&](const Server& server) {
    return std::ranges::find(wanted, server.endpoint, &Wanted::endpoint);
  };
  std::size_t count = 0;
  for (Server& server : servers_) {
    if (server.leaving) continue;
    if (const auto as = wanted_as(server); as != wanted.end()) {
      keep(server, *as, effects);
      ++count;
    } else {
      server.leaving = now;
    }
  }
  for (const Wanted& each : wanted) {
    const auto known = std::ranges::find(servers_, each.endpoint, &Server::endpoint);
    if (known != servers_.end() && !known->leaving) continue;
    if (count == settings_.slots) continue;
    ++count;
    if (known == servers_.end()) {
      add(each, effects);
    } else {
      known->leaving.reset();
      keep(*known, each, effects);
    }
  }
  sweep(now, effects);
  const std::size_t overflow = wanted.size() > settings_.slots ? wanted.size() : 0;
  if (std::exchange(overflow_, overflow) != overflow) effects.push_back(TellOverflow{overflow});
}

void NameWatch::keep(Server& server, const Wanted& wanted, NameEffects& effects) {
  if (server.weight == wanted.weight && server.tier == wanted.tier) return;
  server.weight = wanted.weight;
  server.tier = wanted.tier;
  effects.push_back(WeighNamed{server.slot, server.weight, server.tier});
}

void NameWatch::add(const Wanted& wanted, NameEffects& effects) {
  unsigned slot = 1;
  while (std::ranges::find(servers_, slot, &Server::slot) != servers_.end()) ++slot;
  servers_.push_back({.slot = slot,
                      .endpoint = wanted.endpoint,
                      .weight = wanted.weight,
                      .tier = wanted.tier,
                      .usable = false,
                      .leaving = std::nullopt});
  effects.push_back(AddNamed{slot, wanted.endpoint, wanted.weight, wanted.tier});
}

void NameWatch::remove_all(std::string_view why, NameEffects& effects) {
  for (const Server& server : servers_) {
    effects.push_back(RemoveNamed{server.slot, std::string(why)});
  }
  servers_.clear();
}

NameEffects NameWatch::on_usable(unsigned slot, bool usable, base::Instant now) {
  NameEffects effects;
  const auto server = std::ranges::find(servers_, slot, &Server::slot);
  if (server == servers_.end()) return effects;
  server->usable = usable;
  sweep(now, effects);
  return effects;
}

bool NameWatch::newcomer_serves() const {
  return std::ranges::any_of(servers_,
                             [](const Server& server) { return !server.leaving && server.usable; });
}

base::Instant NameWatch::goes_at(const Server& server) const {
  const bool needed = server.usable && !newcomer_serves();
  return *server.leaving +
         (needed ? std::max(settings_.hold_gone, settings_.handover) : settings_.hold_gone);
}

void NameWatch::sweep(base::Instant now, NameEffects& effects) {
  for (std::size_t i = 0; i < servers_.size();) {
    const Server& server = servers_[i];
    if (!server.leaving || now < goes_at(server)) {
      ++i;
      continue;
    }
    effects.push_back(
        RemoveNamed{server.slot, base::concat(settings_.name, " no longer has the address")});
    servers_.erase(servers_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace hapair::lb
