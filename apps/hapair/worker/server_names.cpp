#include "apps/hapair/worker/server_names.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/model_map.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

lb::AddressChoice choice_of(config::Prefer prefer) {
  switch (prefer) {
    case config::Prefer::kIpv4:
      return lb::AddressChoice::kPreferIpv4;
    case config::Prefer::kIpv6:
      return lb::AddressChoice::kPreferIpv6;
    case config::Prefer::kOnlyIpv4:
      return lb::AddressChoice::kOnlyIpv4;
    case config::Prefer::kOnlyIpv6:
      return lb::AddressChoice::kOnlyIpv6;
    case config::Prefer::kBoth:
      return lb::AddressChoice::kBoth;
  }
  return lb::AddressChoice::kPreferIpv4;
}

net::DnsType type_of(lb::NameRecord record) {
  switch (record) {
    case lb::NameRecord::kIpv4:
      return net::DnsType::kA;
    case lb::NameRecord::kIpv6:
      return net::DnsType::kAaaa;
    case lb::NameRecord::kService:
      return net::DnsType::kSrv;
  }
  return net::DnsType::kA;
}

/// Ids of messages by the state that a name has come into.
std::string_view message_of(lb::NameState state) {
  switch (state) {
    case lb::NameState::kResolved:
      return "name-resolved";
    case lb::NameState::kKept:
      return "name-kept";
    case lb::NameState::kResolving:
      return "name-unresolved";
  }
  return {};
}

}  // namespace

lb::NameSettings name_settings(const config::Server& server, const config::Resolver& resolver) {
  const config::ServerName& name = *server.by_name;
  return {.name = name.name,
          .service = name.service,
          .port = name.port,
          .weight = server.weight,
          .choice = choice_of(name.prefer),
          .slots = name.slots,
          .min_ttl = resolver.min_ttl,
          .max_ttl = resolver.max_ttl,
          .retry = resolver.retry,
          .hold_failed = resolver.hold_failed,
          .hold_none = resolver.hold_none,
          .hold_gone = resolver.hold_gone};
}

std::optional<lb::NameAnswer> hosts_answer(const net::HostsFile& hosts,
                                           const lb::NameQuestion& question) {
  if (question.record == lb::NameRecord::kService) return std::nullopt;
  auto known = hosts.find(question.name);
  if (!known) return std::nullopt;
  const bool v4 = question.record == lb::NameRecord::kIpv4;
  std::erase_if(*known, [v4](const base::IpAddress& each) { return each.is_v4() != v4; });
  lb::NameAnswer answer{.kind = lb::NameAnswer::Kind::kData, .ttl = kHostsTtl};
  if (known->empty()) {
    answer.kind = lb::NameAnswer::Kind::kNone;
    answer.text = "/etc/hosts has no such address for it";
  }
  answer.addresses = *std::move(known);
  return answer;
}

lb::NameAnswer name_answer(base::Result<net::DnsAnswer> answer) {
  using Kind = lb::NameAnswer::Kind;
  if (!answer) return {.kind = Kind::kFailed, .text = std::move(answer.error().message)};
  lb::NameAnswer out{.kind = Kind::kNone, .ttl = answer->ttl};
  switch (answer->kind) {
    case net::DnsAnswer::Kind::kData:
      out.kind = Kind::kData;
      break;
    case net::DnsAnswer::Kind::kNoData:
      out.text = "there is no such record";
      break;
    case net::DnsAnswer::Kind::kNoName:
      out.text = "there is no such name (NXDOMAIN)";
      break;
  }
  out.addresses = std::move(answer->addresses);
  for (net::DnsService& service : answer->services) {
    out.services.push_back({.name = std::move(service.host),
                            .port = service.port,
                            .priority = service.priority,
                            .weight = service.weight});
  }
  return out;
}

/// One name of one backend.
class ServerNames::Name {
  struct Slot {
    check::TargetId id;
    lb::AddNamed as;
  };

 public:
  Name(ServerNames& names, std::size_t backend, std::size_t server, lb::NameSettings settings)
      : names_(names),
        backend_(backend),
        place_(server),
        watch_(std::move(settings)),
        stand_in_(names.health_.find(this->backend().name, this->server().name)),
        due_(names.loop_, event::Priority::kCheck, event::Callback<>::to<&Name::on_due>(this)) {}

  [[nodiscard]] const config::Backend& backend() const { return names_.model_.backends[backend_]; }
  [[nodiscard]] const config::Server& server() const { return backend().servers[place_]; }
  [[nodiscard]] std::size_t resolver() const { return server().by_name->resolver; }

  void start() {
    since_ = event::wall_now();
    perform(watch_.on_start(names_.loop_.now()));
  }

  void on_answer(const lb::NameQuestion& question, lb::NameAnswer answer) {
    if (answer.kind == lb::NameAnswer::Kind::kFailed) ++failures_;
    perform(watch_.on_answer(question, std::move(answer), names_.loop_.now()));
  }

  void on_usable(check::TargetId id, bool usable) {
    const auto found =
        std::ranges::find_if(slots_, [id](const auto& slot) { return slot.second.id == id; });
    if (found != slots_.end()) perform(watch_.on_usable(found->first, usable, names_.loop_.now()));
  }

  [[nodiscard]] bool told() const { return told_.has_value(); }

  [[nodiscard]] View view() const {
    return {.subject = subject(),
            .watch = &watch_,
            .since = since_,
            .questions = questions_,
            .failures = failures_};
  }

  /// Its place in the next model; false: there is none, or it has to begin anew there.
  [[nodiscard]] bool follow(const config::Model& before, const ModelMap& map) {
    const std::size_t now = map.backends()[backend_];
    if (now == ModelMap::kGone) return false;
    const config::Backend& was = before.backends[backend_];
    const config::Backend& is = names_.model_.backends[now];
    const config::Server& old = was.servers[place_];
    const auto same = std::ranges::find(is.servers, old.name, &config::Server::name);
    if (same == is.servers.end() || !same->by_name || same->track != old.track) return false;
    const bool goes_on =
        was.check.has_value() == is.check.has_value() &&
        is_same_name(*old.by_name, *same->by_name) &&
        before.resolvers[old.by_name->resolver] == names_.model_.resolvers[same->by_name->resolver];
    if (!goes_on) return false;
    was_ = map.translated(was).servers[place_];
    backend_ = now;
    place_ = static_cast<std::size_t>(same - is.servers.begin());
    watch_.adjust(server().weight, names_.refused());
    return true;
  }

  /// Its servers, for the health wiring; tell() takes the ids that they have then, in this order.
  void list(std::vector<NamedServer>& all) const {
    const auto add = [&](check::TargetId id, config::Server now, config::Server before,
                         std::uint16_t tier, bool stands_in) {
      all.push_back({.id = id,
                     .backend = backend_,
                     .place = place_,
                     .server = std::move(now),
                     .tier = tier,
                     .was = std::move(before),
                     .stands_in = stands_in});
    };
    for (const auto& [number, slot] : slots_) {
      add(slot.id, one_of(server(), slot.as), one_of(was_, slot.as), slot.as.tier, false);
    }
    if (stand_in_) add(*stand_in_, server(), was_, 0, true);
  }
  void tell(std::vector<NamedServer>::const_iterator& next) {
    for (auto& [number, slot] : slots_) {
      slot.id = (next++)->id;
      names_.by_target_.emplace(slot.id, this);
    }
    if (stand_in_) stand_in_ = (next++)->id;
  }
  [[nodiscard]] bool is_at(std::size_t backend, std::size_t place) const {
    return backend_ == backend && place_ == place;
  }

 private:
  [[nodiscard]] static bool is_same_name(const config::ServerName& was,
                                         const config::ServerName& now) {
    return was.name == now.name && was.service == now.service && was.port == now.port &&
           was.slots == now.slots && was.prefer == now.prefer;
  }

  /// The server of one of its addresses.
  [[nodiscard]] static config::Server one_of(config::Server server, const lb::AddNamed& as) {
    server.name = base::concat(server.name, "-", as.slot);
    server.address = as.endpoint;
    server.weight = static_cast<std::uint16_t>(as.weight);
    server.source = as.endpoint.address.is_v4() ? server.by_name->source4 : server.by_name->source6;
    return server;
  }

  [[nodiscard]] std::string subject() const {
    return base::concat(backend().name, "/", server().name);
  }

  void on_due() noexcept { perform(watch_.on_time(names_.loop_.now())); }

  void perform(const lb::NameEffects& effects) {
    for (const lb::NameEffect& effect : effects) {
      std::visit([this](const auto& each) { carry_out(each); }, effect);
    }
    follow_stand_in();
    if (const auto due = watch_.due()) {
      due_.arm_at(*due);
    } else {
      due_.cancel();
    }
  }

  void carry_out(const lb::AskName& ask) {
    ++questions_;
    names_.ask(*this, ask.question);
  }

  void carry_out(const lb::AddNamed& add) {
    const config::Server one = one_of(server(), add);
    const check::TargetId id =
        names_.health_.add_server(backend_, one, add.tier, names_.tls_.towards(backend_, place_),
                                  base::concat("an address of ", one.by_name->name));
    slots_.emplace(add.slot, Slot{id, add});
    names_.by_target_.emplace(id, this);
    if (check::is_usable(names_.health_.registry().get(id).state)) {
      names_.usable_changes_.push_back(id);
      names_.tell_names_.schedule();
    }
  }

  void carry_out(const lb::WeighNamed& weigh) {
    Slot& slot = slots_.at(weigh.slot);
    slot.as.weight = weigh.weight;
    slot.as.tier = weigh.tier;
    names_.health_.set_share(slot.id, weigh.weight, weigh.tier);
  }

  void carry_out(const lb::RemoveNamed& remove) {
    const auto slot = slots_.find(remove.slot);
    names_.by_target_.erase(slot->second.id);
    names_.health_.remove_server(slot->second.id, remove.why);
    slots_.erase(slot);
  }

  void carry_out(const lb::TellName& tell) {
    if (stand_in_) {
      names_.health_.registry().set_unresolved(*stand_in_, tell.why,
                                               {names_.loop_.now(), event::wall_now()});
    }
    if (told_ == tell.state) return;  // another reason for the same
    const std::string from = told_ ? std::string(lb::to_string(*told_)) : std::string();
    told_ = tell.state;
    since_ = event::wall_now();
    const std::string cause =
        tell.why.empty() ? base::concat(watch_.servers(), " addresses") : tell.why;
    const bool good = tell.state == lb::NameState::kResolved;
    names_.log_.log(
        good ? base::LogLevel::kInfo : base::LogLevel::kWarning, message_of(tell.state), subject(),
        base::concat(server().by_name->name, " is ", lb::to_string(tell.state), ": ", cause));
    names_.journal_.add({.id = std::string(message_of(tell.state)),
                         .subject = subject(),
                         .from = from,
                         .to = std::string(lb::to_string(tell.state)),
                         .cause = cause,
                         .at = names_.loop_.now(),
                         .wall = since_});
  }

  void carry_out(const lb::TellOverflow& tell) {
    if (tell.addresses == 0) return;
    names_.log_.warning(
        "name-overflow", subject(),
        base::concat(server().by_name->name, " has ", tell.addresses, " addresses, and slots for ",
                     server().by_name->slots, "; the others get no traffic: raise resolve.slots"));
  }

  /// While there is no server, one stands in that shows why.
  void follow_stand_in() {
    const bool wanted = watch_.servers() == 0;
    if (wanted == stand_in_.has_value()) return;
    if (wanted) {
      stand_in_ = names_.health_.add_resolving(backend_, server(), watch_.why());
    } else {
      names_.health_.remove_server(*std::exchange(stand_in_, std::nullopt), "its name is resolved");
    }
  }

  ServerNames& names_;
  std::size_t backend_;
  std::size_t place_;
  config::Server was_;  ///< in the model before, while all goes over to the next one
  lb::NameWatch watch_;
  std::optional<check::TargetId> stand_in_;
  std::map<unsigned, Slot> slots_;
  std::optional<lb::NameState> told_;
  base::WallTime since_{};
  std::uint64_t questions_ = 0;
  std::uint64_t failures_ = 0;
  event::Timer due_;
};

class ServerNames::Question final : public net::DnsHandler {
 public:
  Question(ServerNames& names, Name& of, lb::NameQuestion asked)
      : names_(names),
        name_(of),
        asked_(std::move(asked)),
        known_(names.loop_, event::Priority::kCheck,
               event::Callback<>::to<&Question::on_known>(this)) {}

  void ask() {
    answer_ = hosts_answer(names_.tls_.hosts(), asked_);
    if (answer_) return known_.schedule();  // never from within the name's call
    query_.emplace(names_.loop_, names_.resolvers_[name_.resolver()], asked_.name,
                   type_of(asked_.record), *this);
  }
  [[nodiscard]] bool is_of(const Name& name) const { return &name_ == &name; }
  void give(lb::NameAnswer answer) { name_.on_answer(asked_, std::move(answer)); }

 private:
  void on_dns_answer(base::Result<net::DnsAnswer> answer) noexcept override {
    names_.on_answer(*this, name_answer(std::move(answer)));  // destroys it
  }
  void on_known() noexcept { names_.on_answer(*this, *std::move(answer_)); }  // destroys it

  ServerNames& names_;
  Name& name_;
  const lb::NameQuestion asked_;
  std::optional<net::DnsQuery> query_;
  std::optional<lb::NameAnswer> answer_;
  event::Deferred known_;
};

ServerNames::ServerNames(event::EventLoop& loop, const config::Model& model, HealthWiring& health,
                         const TlsWiring& tls, const base::Logger& log, base::Journal& journal)
    : loop_(loop),
      model_(model),
      health_(health),
      tls_(tls),
      log_(log),
      journal_(journal),
      tell_names_(loop, event::Priority::kCheck,
                  event::Callback<>::to<&ServerNames::on_usable_changes>(this)) {
  read_resolvers();
  add_names();
}

void ServerNames::read_resolvers() {
  resolvers_.clear();
  for (const config::Resolver& each : model_.resolvers) {
    resolvers_.push_back(
        {.nameservers = each.nameservers, .timeout = each.timeout, .tries = each.tries});
  }
}

std::vector<base::IpAddress> ServerNames::refused() const {
  std::vector<base::IpAddress> vips;
  for (const config::Vip& vip : model_.vips) {
    for (const config::VipAddress& each : vip.addresses) vips.push_back(each.prefix.address);
  }
  return vips;
}

void ServerNames::add_names() {
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    for (std::size_t k = 0; k < model_.backends[i].servers.size(); ++k) {
      const config::Server& server = model_.backends[i].servers[k];
      const auto is_it = [&](const auto& name) { return name->is_at(i, k); };
      if (!server.by_name || std::ranges::any_of(names_, is_it)) continue;
      lb::NameSettings settings = name_settings(server, model_.resolvers[server.by_name->resolver]);
      settings.refused = refused();
      names_.push_back(std::make_unique<Name>(*this, i, k, std::move(settings)));
    }
  }
  subscription_.reset();
  if (!names_.empty()) subscription_ = health_.registry().subscribe_all(*this);
}

std::vector<NamedServer> ServerNames::keep_for(const config::Model& before, const ModelMap& map) {
  std::vector<std::unique_ptr<Name>> gone;
  for (auto& name : std::exchange(names_, {})) {
    auto& to = name->follow(before, map) ? names_ : gone;
    to.push_back(std::move(name));
  }
  for (const auto& name : gone) {
    const auto asks = [&name](const auto& question) { return question->is_of(*name); };
    std::erase_if(waiting_, asks);
    std::erase_if(out_, asks);
  }
  read_resolvers();
  by_target_.clear();
  std::vector<NamedServer> all;
  for (const auto& name : names_) name->list(all);
  return all;
}

void ServerNames::follow_change(const std::vector<NamedServer>& named) {
  auto next = named.begin();
  for (const auto& name : names_) name->tell(next);
  const std::size_t kept = names_.size();
  add_names();
  for (std::size_t i = kept; i < names_.size(); ++i) names_[i]->start();
  ask_waiting();
}

ServerNames::~ServerNames() = default;

void ServerNames::start() {
  for (const auto& name : names_) name->start();
}

bool ServerNames::settled() const {
  return std::ranges::all_of(names_, [](const auto& name) { return name->told(); });
}

std::vector<ServerNames::View> ServerNames::views() const {
  std::vector<View> views;
  for (const auto& name : names_) views.push_back(name->view());
  return views;
}

void ServerNames::ask(Name& name, lb::NameQuestion question) {
  waiting_.push_back(std::make_unique<Question>(*this, name, std::move(question)));
  ask_waiting();
}

void ServerNames::ask_waiting() {
  while (!waiting_.empty() && out_.size() < kMaxQuestions) {
    out_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    out_.back()->ask();
  }
}

void ServerNames::on_answer(Question& question, lb::NameAnswer answer) {
  const auto place = std::ranges::find(out_, &question, &std::unique_ptr<Question>::get);
  const std::unique_ptr<Question> done = std::move(*place);
  out_.erase(place);
  done->give(std::move(answer));
  ask_waiting();
}

void ServerNames::on_health_change(check::TargetId id, const check::Target& target,
                                   check::State previous) noexcept {
  if (check::is_usable(previous) == check::is_usable(target.state)) return;
  if (!by_target_.contains(id)) return;
  // Names add and remove targets, which is not for a listener's call.
  usable_changes_.push_back(id);
  tell_names_.schedule();
}

void ServerNames::on_usable_changes() noexcept {
  for (const check::TargetId id : std::exchange(usable_changes_, {})) {
    const auto name = by_target_.find(id);
    if (name == by_target_.end()) continue;
    name->second->on_usable(id, check::is_usable(health_.registry().get(id).state));
  }
}

}  // namespace hapair::worker
