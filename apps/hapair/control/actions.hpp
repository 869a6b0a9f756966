// What the control server asks of the node and may tell it; the wiring implements both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/readiness.hpp"
#include "apps/hapair/control/sessions_document.hpp"
#include "apps/hapair/control/status_model.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "libcheck/core/target.hpp"
#include "liblb/core/keeping_view.hpp"

namespace hapair::control {

class StatusSource {
 public:
  [[nodiscard]] virtual Status status() const = 0;
  [[nodiscard]] virtual Status without_targets() const { return status(); }
  /// The same without traffic too: these are most of it where there are many servers.
  [[nodiscard]] virtual Status outline() const { return status(); }
  [[nodiscard]] virtual const base::Journal& journal() const = 0;
  /// The document of GET /v1/errors.
  [[nodiscard]] virtual std::string errors() const = 0;
  /// The document of GET /v1/latency.
  [[nodiscard]] virtual std::string latency() const = 0;
  /// The document of GET /v1/http2.
  [[nodiscard]] virtual std::string http2() const = 0;
  /// The document of GET /v1/tables.
  [[nodiscard]] virtual std::string tables() const = 0;
  /// What the document of GET /v1/sessions is made of.
  [[nodiscard]] virtual SessionsFacts sessions() const = 0;
  /// The document of GET /v1/drill.
  [[nodiscard]] virtual std::string drill() const = 0;
  /// The document of GET /v1/reload.
  [[nodiscard]] virtual std::string reload() const = 0;
  /// The document of GET /v1/log.
  [[nodiscard]] virtual std::string log() const = 0;
  /// The document of GET /v1/config; `whole`: with what is secret in it.
  [[nodiscard]] virtual std::string config(bool whole) const = 0;
  /// The document of GET /metrics; what it is made of may be gathered a part at a time.
  [[nodiscard]] virtual std::unique_ptr<PiecedDocument> metrics_document() const = 0;
  /// What the document of GET /readyz says.
  [[nodiscard]] virtual Readiness readiness() const = 0;

 protected:
  ~StatusSource() = default;
};

/// What comes of an order to step down.
struct StepDown {
  enum class Outcome {
    kDone,
    kUnknownVip,
    kNotMaster,  ///< of none of them
    kNoPeer,     ///< nobody who says hello could take over; `vips` has the first one that is so
  };

  Outcome outcome = Outcome::kDone;
  std::vector<std::string> vips{};  ///< that are given up
  base::Duration within{};          ///< the limit of draining; 0: at once
};

/// What comes of an order to begin a drill.
struct DrillStart {
  enum class Outcome {
    kBegun,
    kUnknownVip,
    kNotMaster,  ///< of none of them
    kRefused,    ///< for the reasons
  };

  Outcome outcome = Outcome::kBegun;
  std::vector<std::string> reasons{};  ///< each with what to do
  std::uint64_t number = 0;
  std::string peer{};
  std::vector<std::string> vips{};
};

/// What becomes of an order to upgrade.
struct UpgradeState {
  enum class Phase {
    kNone,  ///< there was no order
    kUnderWay,
    kDone,    ///< the process that answers has taken over
    kFailed,  ///< nothing has changed
  };

  Phase phase = Phase::kNone;
  std::string why{};  ///< it failed
};

/// A log target is to be otherwise until it is told again, the config's `log` changes or the node
/// is restarted.
struct LogOrder {
  std::variant<std::size_t, std::string> target{};  ///< its index or its name
  std::optional<base::LogLevel> level{};
  std::optional<bool> enabled{};
};

/// What comes of it.
enum class LogOutcome : std::uint8_t {
  kDone,
  kUnknownTarget,
  kAmbiguous,  ///< several have that name
  kNoLevel,    ///< it takes access lines only
};

/// An order that can't be carried out, as the answer tells it.
struct ActionFault {
  int status = 409;
  std::string code{};  ///< for programs: "server_exists"
  std::string message{};
  std::string remedy{};
};

/// A weight as HAProxy takes one: 0 to 256, or percent of what the file says.
struct WeightOrder {
  unsigned number = 0;
  bool percent = false;

  bool operator==(const WeightOrder&) const = default;
};

/// A server that is added while all runs.
struct NewServer {
  base::Endpoint address;
  std::optional<std::uint16_t> weight{};  ///< absent: as if the file gave none

  bool operator==(const NewServer&) const = default;
};

/// Everything that changes something. The server has checked that the caller may.
class ControlActions {
 public:
  /// `who` gave the order, for the log and as the reason. Fails when there is no such server.
  virtual base::Result<void> set_server_state(std::string_view backend, std::string_view server,
                                              check::Order order, std::string_view who) = 0;
  /// Yields the weight that it has from here on.
  virtual std::expected<unsigned, ActionFault> set_server_weight(std::string_view backend,
                                                                 std::string_view server,
                                                                 const WeightOrder& weight,
                                                                 std::string_view who) = 0;
  /// Both last until the configuration is read anew.
  virtual std::expected<void, ActionFault> add_server(std::string_view backend,
                                                      std::string_view server,
                                                      const NewServer& what,
                                                      std::string_view who) = 0;
  /// It gets nothing new; what it has goes on to its end.
  virtual std::expected<void, ActionFault> remove_server(std::string_view backend,
                                                         std::string_view server,
                                                         std::string_view who) = 0;
  /// The network is told again where the VIP's addresses are.
  virtual std::expected<void, ActionFault> announce(std::string_view vip, std::string_view who) = 0;
  /// Takes this node out of the election of a VIP, or of all where `vip` is empty, or back in. A
  /// master finishes running requests first. Holds over restarts. Fails when there is no such VIP.
  virtual base::Result<void> set_maintenance(std::string_view vip, bool on,
                                             std::string_view who) = 0;
  /// Gives a VIP, or all where `vip` is empty, to a peer, which keeps it while it is there.
  /// `drain`: running requests are finished first.
  virtual StepDown step_down(std::string_view vip, bool drain, std::string_view who) = 0;
  /// Gives a VIP, or all where `vip` is empty, to a peer and takes it back, and measures what that
  /// takes; StatusSource::drill() tells how it goes.
  virtual DrillStart drill(std::string_view vip, std::string_view who) = 0;
  /// The program that is on disk now takes this one's place; what becomes of it is told later.
  virtual void upgrade(std::string_view who) = 0;
  [[nodiscard]] virtual UpgradeState upgrade_state() const = 0;
  /// The configuration is read anew; what comes of it GET /v1/reload tells, under this number.
  /// Fails while another reload is under way.
  virtual base::Result<std::uint64_t> reload(std::string_view who) = 0;
  virtual LogOutcome change_log(const LogOrder& order, std::string_view who) = 0;
  /// The file is read, checked and compared as for a reload, and nothing is changed; what comes of
  /// it GET /v1/config/check tells, under this number. Fails while that or a reload is under way.
  virtual base::Result<std::uint64_t> check_config(std::string_view who) = 0;
  /// Some client connections are to be closed, which is noted: `which`, in words, by whom.
  [[nodiscard]] virtual lb::SessionBook& sessions_to_close(std::string_view which,
                                                           std::string_view who) = 0;
  /// A table of clients forgets one of them, or (absent) all.
  virtual std::expected<void, lb::TableFault> clear_table(std::string_view table,
                                                          std::optional<std::string_view> client,
                                                          std::string_view who) = 0;
  /// It is to know that of a client.
  virtual std::expected<void, lb::TableFault> set_client(std::string_view table,
                                                         std::string_view client,
                                                         const lb::ClientEntry& entry,
                                                         std::string_view who) = 0;

 protected:
  ~ControlActions() = default;
};

}  // namespace hapair::control
