// What this node decided, and why: a bounded ring of events that people and programs ask for
// afterwards. Pure; whoever decides adds, with the time passed in.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::base {

struct JournalEvent {
  std::uint64_t number = 0;  ///< counts up from 1; given by the journal
  std::string id;            ///< what kind: the id of its log record, such as "vrrp-transition"
  std::string subject;       ///< of what: a VIP, a server, the node
  std::string from;          ///< the state before; empty where there is none
  std::string to;
  std::string cause;                         ///< why, in words
  std::optional<std::uint64_t> caused_by{};  ///< the number of the event that led to it
  Instant at{};                              ///< for what lies between two events
  WallTime wall{};                           ///< for people
  /// What the decision was based on, as name and value.
  std::vector<std::pair<std::string, std::string>> figures{};
};

class JournalListener {
 public:
  virtual void on_journal_event(const JournalEvent& event) noexcept = 0;

 protected:
  ~JournalListener() = default;
};

class Journal {
 public:
  /// The oldest event makes room.
  static constexpr std::size_t kCapacity = 1024;

  /// Gives the event its number, and its cause where a Cause is at work; returns the number.
  std::uint64_t add(JournalEvent event);

  /// Takes in what an earlier run kept, before the first add(): numbers go on from there. Events
  /// whose numbers do not grow are left out.
  void restore(std::vector<JournalEvent> events);

  /// Takes in what the process before has decided, whose place this one takes while both run: it
  /// comes before all that was added here, which gets new numbers.
  void go_on(std::vector<JournalEvent> earlier);

  /// Oldest first.
  [[nodiscard]] const std::deque<JournalEvent>& events() const { return events_; }
  /// Of the last event; 0: there is none.
  [[nodiscard]] std::uint64_t last_number() const { return next_ - 1; }
  /// Of the last event of an earlier run; 0: none is known.
  [[nodiscard]] std::uint64_t restored() const { return restored_; }
  /// The number of this run's last event of this kind about this subject; nullopt: none is kept.
  [[nodiscard]] std::optional<std::uint64_t> last(std::string_view id,
                                                  std::string_view subject) const;

  /// Told of each event from here on, until it is forgotten or the journal ends. It must not add
  /// events, nor listen or forget, while it is told.
  void listen(JournalListener& listener) { listeners_.push_back(&listener); }
  void forget(JournalListener& listener) { std::erase(listeners_, &listener); }

  /// While it lives, events that are added were caused by this one.
  class Cause {
   public:
    Cause(Journal& journal, std::optional<std::uint64_t> number)
        : journal_(journal), before_(std::exchange(journal.cause_, number)) {}
    ~Cause() { journal_.cause_ = before_; }
    Cause(const Cause&) = delete;
    Cause& operator=(const Cause&) = delete;

   private:
    Journal& journal_;
    std::optional<std::uint64_t> before_;
  };

 private:
  std::deque<JournalEvent> events_;
  std::uint64_t next_ = 1;
  std::uint64_t restored_ = 0;  ///< the number of the last event of an earlier run
  std::optional<std::uint64_t> cause_;
  std::vector<JournalListener*> listeners_;
};

}  // namespace hapair::base
