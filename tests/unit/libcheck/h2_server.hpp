// A server of HTTP/2 in memory: reads one request and answers it as a test has it.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/http/h2_connection.hpp"

namespace hapair::check {

class H2Server final : private http::H2ConnectionHandler, private http::H2StreamHandler {
 public:
  H2Server() : connection_(http::H2Connection::Role::kServer, {}, *this) {}

  /// What a client has said.
  void hear(std::string_view bytes) { connection_.receive(base::as_bytes(bytes)); }
  /// What is to be said to it.
  [[nodiscard]] std::string take_output() {
    std::string all;
    std::array<std::uint8_t, 4096> piece;
    while (const std::size_t bytes = connection_.produce(piece)) {
      all += base::as_text(std::span(piece).first(bytes));
    }
    return all;
  }

  using Fields = std::vector<http::H2Field>;
  void answer(int status, const Fields& fields, std::string body = {}, Fields trailers = {}) {
    body_ = std::move(body);
    trailers_ = std::move(trailers);
    const bool end = body_.empty() && trailers_.empty();
    connection_.submit_response(stream_, status, fields, end);
  }
  void interim(int status) { connection_.submit_interim(stream_, status, {}); }
  void reset(http::H2Error error) { connection_.reset(stream_, error); }
  void leave() { connection_.terminate(http::H2Error::kEnhanceYourCalm, "test"); }

  /// "name: value" lines, and whether all has come.
  [[nodiscard]] const std::string& request() const { return request_; }
  [[nodiscard]] const std::string& body() const { return got_; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  http::H2StreamHandler* on_stream(http::StreamId id) override {
    stream_ = id;
    return this;
  }
  void on_window() override {}
  void on_frame(http::H2Frame /*frame*/) override {}
  void on_ping_answer() override {}
  void on_reset_sent(http::H2Error /*error*/) override {}
  void on_fault(http::H2Error /*error*/, std::string_view /*why*/) override {}
  void on_goaway(http::StreamId /*last*/, http::H2Error /*error*/) override {}

  void on_field(std::string_view name, std::string_view value) override {
    request_ += std::string(name) + ": " + std::string(value) + "\n";
  }
  void on_head(bool end) override { complete_ = end; }
  void on_data(std::string_view bytes) override { got_ += bytes; }
  void on_end() override { complete_ = true; }
  [[nodiscard]] Part next_part(std::size_t room) override {
    const std::size_t left = body_.size() - sent_;
    const std::size_t size = std::min(room, left);
    const bool end = size == left;
    if (end && !trailers_.empty()) connection_.submit_trailers(stream_, trailers_);
    return {.size = size, .end = end, .trailers = end && !trailers_.empty()};
  }
  void copy_part(std::span<std::uint8_t> out) override {
    std::copy_n(body_.begin() + static_cast<std::ptrdiff_t>(sent_), out.size(), out.begin());
    sent_ += out.size();
  }
  void on_sent(std::size_t /*bytes*/, bool /*end*/) override {}
  void on_closed(http::H2Error /*error*/) override {}

  http::H2Connection connection_;
  http::StreamId stream_ = 0;
  std::string request_;
  std::string got_;
  std::string body_;
  std::size_t sent_ = 0;
  Fields trailers_;
  bool complete_ = false;
};

}  // namespace hapair::check
