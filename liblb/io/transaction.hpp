// What an HTTP/1 client connection needs only while a request is under way: some 5 KB that an idle
// connection does not hold. Kept in a pool, so a keep-alive request allocates nothing.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/head.hpp"
#include "common/http/head_parser.hpp"
#include "liblb/core/access_log.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/request_counts.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/compressed_client.hpp"
#include "liblb/io/h1_input.hpp"
#include "liblb/io/h1_writer.hpp"
#include "liblb/io/inquiry.hpp"
#include "liblb/io/page_place.hpp"
#include "liblb/io/visit_handle.hpp"

namespace hapair::lb {

struct Transaction {
  http::RequestHead head;
  http::RequestParser parser;
  H1Input input;
  std::optional<H1Writer> writer;
  std::optional<CompressedClient> compressed;  ///< outlives the exchange
  std::optional<Exchange> exchange;
  base::Instant first_byte{};        ///< when the request began to arrive
  base::Instant head_complete{};     ///< when its head was understood
  std::uint64_t written_before = 0;  ///< the writer's count when this request began
  std::uint64_t received = 0;        ///< bytes of the request so far, without a body's framing
  std::uint64_t discarded = 0;       ///< bytes of the body that went nowhere
  /// The fields of the response that the frontend captures; empty before it came.
  std::vector<std::string> captured;
  // Of a response made here without an exchange:
  int local_status = 0;
  TerminationState local_end{};
  bool statistics = false;  ///< it is the statistics page
  RequestCounts counts{};
  RequestNotes notes{};                   ///< where the frontend has a policy
  std::unique_ptr<rules::Judge> judge{};  ///< once a request was subject to rules
  std::unique_ptr<Inquiry> inquiry{};     ///< while the judge's verdict is open
  VisitHandle visit{};                    ///< while a page is made for it
  PagePlace page_place{};                 ///< until that is sent
  const char* head_end = nullptr;         ///< where the request's head ends in its buffer
  std::string kept_head{};                ///< see keep_head()

  /// Copies the head, which was read whole, so that the buffer it lies in can be let go.
  void keep_head() {
    kept_head.assign(head.line.begin(), head_end);
    parser.restart();
    [[maybe_unused]] const http::ParseResult again = parser.parse(kept_head, head);
    assert(again.complete());
    parser.restart();
  }
};

class TransactionPool {
 public:
  [[nodiscard]] std::unique_ptr<Transaction> acquire(net::ByteStream& stream,
                                                     const http::HeadLimits& limits) {
    std::unique_ptr<Transaction> transaction;
    if (spare_.empty()) {
      transaction = std::make_unique<Transaction>();
    } else {
      transaction = std::move(spare_.back());
      spare_.pop_back();
    }
    transaction->writer.emplace(stream);
    transaction->parser = http::RequestParser(limits);
    transaction->written_before = 0;
    transaction->exchange.reset();
    transaction->compressed.reset();
    return transaction;
  }

  /// The exchange in it may still be on the call stack, as long as it does nothing more.
  void give_back(std::unique_ptr<Transaction> transaction) {
    if (transaction->exchange) transaction->exchange->let_go_of_server();
    transaction->counts.let_go();
    transaction->inquiry.reset();
    transaction->visit.reset();
    transaction->page_place.reset();
    transaction->input.clear();
    transaction->writer->release_buffer();
    if (!transaction->kept_head.empty()) std::string().swap(transaction->kept_head);
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(transaction));
  }

  /// Gives back what is kept for reuse.
  void trim() { spare_.clear(); }

 private:
  static constexpr std::size_t kMaxSpare = 256;
  std::vector<std::unique_ptr<Transaction>> spare_;
};

}  // namespace hapair::lb
