// Backends with each algorithm: health, weights, limits and the queue, backup servers.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "liblb/core/backend.hpp"
#include "liblb/core/stable_hash.hpp"

namespace hapair::lb::test {
namespace {

constexpr base::Instant kNow{};

struct Session final : ServerSession {
  void on_server_down(base::Instant /*now*/) override {}
};

/// Who waits, and knows only that its turn came.
struct Ticket final : Waiter {
  void on_turn(base::Instant /*now*/) override { ++turns; }
  int turns = 0;
};

ServerSettings named(const std::string& name, std::uint32_t weight = 1,
                     std::uint32_t max_connections = 0) {
  return {.name = name, .weight = weight, .max_connections = max_connections};
}

ServerSettings backup(const std::string& name, std::uint16_t tier = 0) {
  ServerSettings settings = named(name);
  settings.backup = true;
  settings.tier = tier;
  return settings;
}

BackendSettings settings_of(BalanceSettings balance, std::vector<ServerSettings> servers) {
  return {.servers = std::move(servers), .balance = std::move(balance)};
}

BalanceSettings hashing(WhenFull when_full = WhenFull::kWait) {
  return {.algorithm = Algorithm::kHash, .on = {{}}, .when_full = when_full};
}

void set(Backend& backend, std::size_t index, Standing standing) {
  backend.set_health(index, {.standing = standing}, kNow);
}

/// The names of the next picks, none of which stays.
std::string picks(Backend& backend, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto index = backend.pick();
    out += index ? backend.server(*index).name() : "-";
  }
  return out;
}

std::string sorted(std::string text) {
  std::ranges::sort(text);
  return text;
}

/// The names of the next picks, all of which stay.
class Held {
 public:
  explicit Held(Backend& backend) : backend_(backend) {}
  ~Held() {
    while (!sessions_.empty()) end();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  std::string begin(int count, std::optional<std::uint64_t> key = {}) {
    std::string out;
    for (int i = 0; i < count; ++i) {
      const auto [server, queue] = backend_.choose({.key = key});
      if (server) {
        out += backend_.server(*server).name();
        backend_.begin_session(*server, sessions_.emplace_back(), kNow);
        servers_.push_back(*server);
      } else {
        out += queue != nullptr ? 'w' : '-';
      }
    }
    return out;
  }
  /// The oldest ends.
  void end() {
    backend_.end_session(servers_.front(), sessions_.front());
    servers_.pop_front();
    sessions_.pop_front();
  }

 private:
  Backend& backend_;
  std::deque<Session> sessions_;
  std::deque<std::size_t> servers_;
};

/// A key that goes to that server while all are well.
std::uint64_t key_for(Backend& backend, std::string_view name) {
  for (std::uint64_t number = 0;; ++number) {
    const std::uint64_t key = stable_hash(std::to_string(number));
    if (backend.server(backend.pick({}, key).value()).name() == name) return key;
  }
}

TEST_CASE("least connections counts what is under way, as it begins and ends") {
  Backend backend(settings_of({.algorithm = Algorithm::kLeastConnections},
                              {named("a"), named("b"), named("c", 2)}),
                  kNow);
  Held held(backend);
  CHECK(held.begin(3) == "abc");
  CHECK(held.begin(1) == "c");
  held.end();  // a's
  CHECK(held.begin(2) == "ab");
}

TEST_CASE("first fills a server up to its limit, then the next; then who comes waits") {
  Backend backend(
      settings_of({.algorithm = Algorithm::kFirst}, {named("a", 1, 2), named("b", 1, 2)}), kNow);
  Held held(backend);
  CHECK(held.begin(5) == "aabbw");
  held.end();
  CHECK(held.begin(2) == "aw");
}

TEST_CASE("limits hold with every algorithm") {
  for (const Algorithm algorithm :
       {Algorithm::kRoundRobin, Algorithm::kStatic, Algorithm::kLeastConnections,
        Algorithm::kRandom, Algorithm::kFirst, Algorithm::kHash}) {
    BalanceSettings balance = hashing(WhenFull::kNext);
    balance.algorithm = algorithm;
    Backend backend(settings_of(balance, {named("a", 1, 2), named("b", 5, 3)}), kNow);
    Held held(backend);
    const std::string begun = held.begin(6, 42);
    CHECK(std::ranges::count(begun, 'a') == 2);
    CHECK(std::ranges::count(begun, 'b') == 3);
    CHECK(begun.back() == 'w');
    held.end();
    CHECK(held.begin(2, 42).substr(1) == "w");
  }
}

TEST_CASE("static takes no notice of live weights, but for none at all") {
  BackendSettings settings =
      settings_of({.algorithm = Algorithm::kStatic}, {named("a"), named("b")});
  Backend backend(settings, kNow);
  backend.set_health(0, {.weight_percent = 10}, kNow);
  CHECK(picks(backend, 4) == "abab");
  backend.set_health(0, {.weight_percent = 0}, kNow);
  CHECK(picks(backend, 2) == "bb");
  settings.balance.algorithm = Algorithm::kRoundRobin;
  Backend live(settings, kNow);
  live.set_health(0, {.weight_percent = 25}, kNow);
  CHECK(picks(live, 5) == "bbabb");
}

TEST_CASE("without a key requests take turns") {
  Backend backend(settings_of(hashing(), {named("a"), named("b", 2)}), kNow);
  CHECK(picks(backend, 6) == "babbab");
}

TEST_CASE("a key keeps its server through the failures of others, and gets it back after its own") {
  Backend backend(settings_of(hashing(), {named("a"), named("b"), named("c")}), kNow);
  const std::uint64_t key = key_for(backend, "b");
  set(backend, 0, Standing::kDown);
  CHECK(backend.pick({}, key) == 1);
  set(backend, 1, Standing::kDraining);
  CHECK(backend.pick({}, key) == 2);
  set(backend, 1, Standing::kUp);
  CHECK(backend.pick({}, key) == 1);
  CHECK(backend.pick(1, key) == 2);
  set(backend, 2, Standing::kDown);
  CHECK(backend.pick(1, key) == 1);
}

TEST_CASE("servers found by name are told apart by their addresses") {
  const auto found = [](const std::string& name, std::uint32_t host) {
    ServerSettings settings = named(name);
    settings.endpoint = {base::IpAddress::v4(host), 80};
    settings.known_by_address = true;
    return settings;
  };
  Backend one(settings_of(hashing(), {found("web-1", 1), found("web-2", 2)}), kNow);
  Backend other(settings_of(hashing(), {found("web-1", 2), found("web-2", 1)}), kNow);
  BackendSettings by_address = settings_of(hashing(), {named("x"), named("y")});
  by_address.servers[0].endpoint = {base::IpAddress::v4(1), 80};
  by_address.servers[1].endpoint = {base::IpAddress::v4(2), 80};
  by_address.balance.by_address = true;
  Backend third(by_address, kNow);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::uint64_t key = stable_hash(std::to_string(i));
    const auto picked = one.pick({}, key).value();
    REQUIRE(other.pick({}, key) == 1 - picked);
    REQUIRE(third.pick({}, key) == picked);
  }
}

TEST_CASE("servers that come and go while traffic runs move their own keys only") {
  Backend backend(settings_of(hashing(), {named("a"), named("b"), named("c")}), kNow);
  const std::uint64_t key = key_for(backend, "b");
  const std::size_t place = backend.add_server(named("d"), kNow);
  CHECK(backend.pick({}, key) == 1);
  set(backend, place, Standing::kUp);
  const std::uint64_t moved = key_for(backend, "d");
  backend.remove_server(place, kNow);
  const auto heir = backend.pick({}, moved);
  CHECK(heir != place);
  backend.remove_server(0, kNow);
  CHECK(backend.add_server(named("d"), kNow) == 0);  // a place that was left, and the name again
  set(backend, 0, Standing::kUp);
  CHECK(backend.pick({}, moved) == 0);
}

TEST_CASE("a key waits for its own full server, and nobody else's turn wakes it") {
  Backend backend(settings_of(hashing(), {named("a", 1, 1), named("b", 1, 1)}), kNow);
  const std::uint64_t for_a = key_for(backend, "a");
  const std::uint64_t for_b = key_for(backend, "b");
  Held a(backend);
  Held b(backend);
  CHECK(a.begin(1, for_a) == "a");
  const auto [server, queue] = backend.choose({.key = for_a});
  CHECK_FALSE(server);
  REQUIRE(queue != nullptr);
  Ticket first;
  CHECK(queue->enter(first, false) == 1);
  CHECK(b.begin(2, for_b) == "bw");
  CHECK(backend.queue().length().current() == 1);
  CHECK(backend.waiting_for(0)->current() == 1);
  b.end();
  CHECK_FALSE(backend.serve_queue(kNow, 8));
  CHECK(first.turns == 0);
  a.end();
  CHECK(backend.choose({.key = for_a}).queue == queue);  // behind who waits already
  CHECK_FALSE(backend.serve_queue(kNow, 8));
  CHECK(first.turns == 1);
  CHECK(backend.queue().length().current() == 0);
  CHECK(backend.choose({.key = for_a, .had_turn = true}).server == 0);
}

TEST_CASE("who waits for a server that goes down moves on, if there is another") {
  Backend backend(settings_of(hashing(), {named("a", 1, 1), named("b", 1, 1)}), kNow);
  const std::uint64_t key = key_for(backend, "a");
  Held held(backend);
  held.begin(1, key);
  Ticket waiter;
  CHECK(backend.choose({.key = key}).queue->enter(waiter, false) == 1);
  set(backend, 1, Standing::kDown);
  set(backend, 0, Standing::kDown);
  CHECK_FALSE(backend.serve_queue(kNow, 8));
  CHECK(waiter.queued());  // there is nothing else: it keeps its place
  set(backend, 1, Standing::kUp);
  backend.serve_queue(kNow, 8);
  CHECK(waiter.turns == 1);
  CHECK(backend.choose({.key = key, .had_turn = true}).server == 1);
}

TEST_CASE("of those who wait for one server and those who wait for any the older goes first") {
  Backend backend(settings_of(hashing(), {named("a", 1, 1)}), kNow);
  Held held(backend);
  held.begin(1, 7);
  Ticket own, any, later;
  CHECK(backend.choose({.key = 7}).queue->enter(own, false) == 1);
  CHECK(backend.choose({}).queue->enter(any, false) == 2);
  CHECK(backend.choose({.key = 7}).queue->enter(later, false) == 2);
  held.end();
  CHECK(backend.serve_queue(kNow, 1));
  CHECK(own.turns == 1);
  CHECK(backend.serve_queue(kNow, 1));
  CHECK(any.turns == 1);
  CHECK_FALSE(backend.serve_queue(kNow, 1));
  CHECK(later.turns == 1);
}

TEST_CASE("the limit of the queue is for all who wait") {
  BackendSettings settings = settings_of(hashing(), {named("a", 1, 1)});
  settings.max_queue = 1;
  Backend backend(settings, kNow);
  Held held(backend);
  held.begin(1, 7);
  Ticket own, any;
  CHECK(backend.choose({.key = 7}).queue->enter(own, false) == 1);
  CHECK(backend.choose({}).queue->enter(any, false) == 0);
}

TEST_CASE("backup servers serve only while no other can; the first of them alone") {
  Backend backend(settings_of({}, {named("a"), backup("x"), named("b"), backup("y")}), kNow);
  CHECK(picks(backend, 4) == "abab");
  set(backend, 0, Standing::kDown);
  CHECK(picks(backend, 2) == "bb");
  set(backend, 2, Standing::kDown);
  CHECK(picks(backend, 3) == "xxx");
  set(backend, 1, Standing::kDown);
  CHECK(picks(backend, 2) == "yy");
  set(backend, 1, Standing::kUp);
  CHECK(picks(backend, 2) == "xx");
  set(backend, 2, Standing::kUp);
  CHECK(picks(backend, 2) == "bb");
}

TEST_CASE("or all backup servers at once, or those of the best priority") {
  BackendSettings settings =
      settings_of({}, {named("a"), backup("x"), backup("y"), backup("z", 1)});
  settings.all_backups = true;
  settings.servers[0].tier = 9;  // still before any backup server
  Backend backend(settings, kNow);
  CHECK(picks(backend, 2) == "aa");
  set(backend, 0, Standing::kDown);
  CHECK(picks(backend, 4) == "xyxy");
  set(backend, 1, Standing::kDown);
  set(backend, 2, Standing::kDown);
  CHECK(picks(backend, 2) == "zz");
}

TEST_CASE("a main server that is full is no reason for a backup server") {
  Backend backend(settings_of({}, {named("a", 1, 1), backup("x")}), kNow);
  Held held(backend);
  CHECK(held.begin(2) == "aw");
}

TEST_CASE("a backup server that can serve is better than a panic") {
  BackendSettings settings = settings_of({}, {named("a"), named("b"), named("c"), backup("x")});
  settings.panic_threshold = 50;
  Backend backend(settings, kNow);
  set(backend, 0, Standing::kDown);
  set(backend, 1, Standing::kDown);
  CHECK(backend.panics());
  CHECK(sorted(picks(backend, 3)) == "abc");
  set(backend, 2, Standing::kDown);
  CHECK_FALSE(backend.panics());
  CHECK(picks(backend, 2) == "xx");
  set(backend, 3, Standing::kDown);
  CHECK(backend.panics());
  CHECK(sorted(picks(backend, 3)) == "abc");
}

TEST_CASE("keys of backup servers go where they go while the others are well again") {
  BackendSettings settings = settings_of(hashing(), {named("a"), named("b"), backup("x")});
  Backend backend(settings, kNow);
  const std::uint64_t key = key_for(backend, "b");
  set(backend, 1, Standing::kDown);
  CHECK(backend.pick({}, key) == 0);
  set(backend, 0, Standing::kDown);
  CHECK(backend.pick({}, key) == 2);
  set(backend, 1, Standing::kUp);
  CHECK(backend.pick({}, key) == 1);
}

}  // namespace
}  // namespace hapair::lb::test
