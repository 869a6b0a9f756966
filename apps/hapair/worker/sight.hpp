// What is seen of this node over HTTP: samples the traffic once a second, in pieces, and makes the
// documents that pages show of it, once for all who ask for the same within a second.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/web/history.hpp"
#include "common/base/journal.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::lb {
class Engine;
}

namespace hapair::worker {

class WorkerStatus;

class Sight final : web::TrafficView {
 public:
  /// All of them outlive it.
  Sight(event::EventLoop& loop, const lb::Engine& engine, const WorkerStatus& status,
        const base::Journal& journal);

  void start();

  /// A live document on its way: several may wait for it, and any of them makes the next piece.
  class Document {
   public:
    /// A piece. True: it is whole.
    [[nodiscard]] bool step();
    [[nodiscard]] const std::string& text() const { return text_; }

   private:
    friend class Sight;
    std::unique_ptr<control::PiecedDocument> maker_;  ///< null: it is whole
    std::string text_;
    std::uint64_t since_ = 0;
    std::uint64_t changes_ = 0;
  };

  /// There is a sample of the traffic as it is.
  [[nodiscard]] bool ready() const { return history_.last() > 0 && history_.fits(*this); }
  /// Takes a piece of the sample that is wanting.
  void hurry();
  /// What is new since that sample of this run, else (another run, 0) everything; ready().
  [[nodiscard]] std::shared_ptr<Document> document(std::string_view run, std::uint64_t since);
  /// The tables for those without script; ready(). To be given up when the traffic changes.
  [[nodiscard]] std::unique_ptr<control::PiecedDocument> tables() const;
  /// Until there is the next sample.
  [[nodiscard]] base::Duration next_in() const;
  [[nodiscard]] std::uint64_t generation() const { return changes(); }

 private:
  [[nodiscard]] std::uint64_t changes() const override;
  [[nodiscard]] std::size_t frontends() const override;
  [[nodiscard]] lb::FrontendView frontend(std::size_t place) const override;
  [[nodiscard]] std::size_t backends() const override;
  [[nodiscard]] const lb::Backend& backend(std::size_t place) const override;

  /// Somebody may look: a frontend shows the page.
  [[nodiscard]] bool is_shown() const;
  void begin(base::Instant now);
  void on_second() noexcept;
  void take_piece() noexcept;
  [[nodiscard]] std::string run() const;
  /// The members in front of a document.
  [[nodiscard]] std::string head(std::uint64_t since) const;

  event::EventLoop& loop_;
  const lb::Engine& engine_;
  const WorkerStatus& status_;
  const base::Journal& journal_;
  std::string run_;
  web::History history_;
  // Of the sample under way:
  bool fresh_ = false;  ///< healths are as they are to be shown
  std::size_t next_health_ = 0;
  /// By the number of a sample: the last event before it.
  std::array<std::uint64_t, web::kSeconds> events_{};
  std::vector<std::shared_ptr<Document>> documents_;  ///< of the last sample
  event::Timer second_;
  event::Deferred piece_;
};

}  // namespace hapair::worker
