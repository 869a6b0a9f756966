// Both sides of an exchange played by the test: time is a number, nothing has a socket.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "liblb/core/exchange.hpp"

namespace hapair::lb::test {

/// "name=value;" of each field.
inline std::string listed(const http::FieldList& fields) {
  std::string text;
  for (const http::Field& field : fields) {
    text += std::string(field.name) + "=" + std::string(field.value) + ";";
  }
  return text;
}

class PlayedClient final : public ClientSide {
 public:
  bool send_head(const http::ResponseHead& head, const http::BodyFraming& /*body*/) override {
    if (full) return false;
    said += "head " + std::to_string(head.status) + ";";
    fields = listed(head.fields);
    return true;
  }
  std::size_t send_body(Pieces pieces, bool end) override {
    std::size_t accepted = 0;
    for (std::string_view piece : pieces) {
      const std::size_t taken = std::min(room, piece.size());
      said += piece.substr(0, taken);
      room -= taken;
      accepted += taken;
    }
    if (end && accepted == size_of(pieces)) said += ";end;";
    return accepted;
  }
  void set_trailers(std::string_view lines) override { said += "trailers " + std::string(lines); }
  void flush() override {}
  bool take_back_head() override { return std::exchange(unsent, false); }
  void send_error(int status) override { said += "error " + std::to_string(status) + ";"; }
  void resume_request() override { ++resumed; }
  void set_deadline(base::Instant wanted) override { deadline = wanted; }
  void end_exchange(Ending how) override { ending = how; }

  std::string said;
  std::string fields;  ///< of the last head
  std::size_t room = SIZE_MAX;
  bool full = false;
  bool unsent = false;  ///< the head can be taken back
  int resumed = 0;
  base::Instant deadline{};
  std::optional<Ending> ending;
};

class PlayedServer final : public ServerSide {
 public:
  bool ready() const override { return stands; }
  bool reused() const override { return kept; }
  bool may_refuse() const override { return may_be_refused; }
  bool send_head(const http::RequestHead& head, const http::RequestPlan& plan) override {
    if (full) return false;
    got += std::string(head.method_text) + ";";
    fields = listed(head.fields);
    if (!plan.forwarded_for_name.empty()) {
      got +=
          std::string(plan.forwarded_for_name) + "=" + std::string(plan.forwarded_for_value) + ";";
    }
    return true;
  }
  std::size_t send_body(Pieces pieces, bool end) override {
    std::size_t accepted = 0;
    for (std::string_view piece : pieces) {
      const std::size_t taken = std::min(room, piece.size());
      got += piece.substr(0, taken);
      room -= taken;
      accepted += taken;
    }
    if (end && accepted == size_of(pieces)) got += ";end;";
    return accepted;
  }
  void set_trailers(std::string_view lines) override { got += "trailers " + std::string(lines); }
  void flush() override { ++flushed; }
  void resume_response() override { ++resumed; }
  void abandon() override { abandoned = true; }

  std::string got;
  std::string fields;  ///< of the last head
  std::size_t room = SIZE_MAX;
  bool full = false;
  bool stands = false;
  bool kept = false;
  bool may_be_refused = false;
  bool abandoned = false;
  int flushed = 0;
  int resumed = 0;
};

/// Hands out the servers prepared by the test; none left means that connecting fails at once.
class PlayedConnector final : public Connector {
 public:
  std::expected<ServerSide*, ConnectFailure> connect(Exchange& /*exchange*/, std::size_t server,
                                                     const Wanted& how) override {
    asked.push_back(server);
    wanted.push_back(how);
    if (prepared.empty()) return std::unexpected(failure);
    PlayedServer* side = prepared.front();
    prepared.pop_front();
    return side;
  }
  std::deque<PlayedServer*> prepared;
  ConnectFailure failure = ConnectFailure::kRefused;
  std::vector<std::size_t> asked;
  std::vector<Wanted> wanted;
};

struct Scene {
  explicit Scene(std::size_t servers = 2, BackendSettings settings = {})
      : backend(with_servers(std::move(settings), servers), {}) {
    request.method = http::Method::kGet;
    request.method_text = "GET";
    request.host = "a";
    connector.prepared = {&first, &second, &third};
  }
  static BackendSettings with_servers(BackendSettings settings, std::size_t count) {
    settings.servers.resize(count);
    return settings;
  }
  Exchange& begin(const ExchangeTerms& terms = {}) {
    exchange.emplace(static_cast<ClientSide&>(client), backend, connector, request, terms);
    exchange->start(now);
    return *exchange;
  }
  /// A POST whose body is still to come.
  Exchange& begin_post() {
    request.method = http::Method::kPost;
    request.method_text = "POST";
    return begin({.body_follows = true});
  }
  bool respond(int status) {
    http::ResponseHead head;
    head.status = status;
    return exchange->on_response_head(head, 10, {}, now);
  }
  void pass(base::Duration time) { now += time; }
  /// Lets time pass up to the deadline that the exchange asked for, and tells it.
  base::Duration reach_deadline() {
    const base::Duration waited = client.deadline - now;
    now = client.deadline;
    exchange->on_deadline(now);
    return waited;
  }

  base::Instant now = base::from_ns(1'000'000'000);
  Backend backend;
  http::RequestHead request;
  PlayedClient client;
  PlayedServer first, second, third;
  PlayedConnector connector;
  std::optional<Exchange> exchange;
};

}  // namespace hapair::lb::test
