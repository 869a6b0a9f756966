// Servers that the file gives by name: asks the system's list of hosts, else the DNS, as each
// name's watch wants it, and makes what the watch decides come true: servers are added and removed,
// and while a name has no address one that is RESOLVING stands in for them.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/dns_query.hpp"
#include "common/net/hosts_file.hpp"
#include "liblb/core/name_watch.hpp"

namespace hapair::worker {

/// What the watch of a server's name is to know, without the addresses that it refuses.
[[nodiscard]] lb::NameSettings name_settings(const config::Server& server,
                                             const config::Resolver& resolver);
/// How long an answer of the system's own list holds: so soon a change of it is seen.
inline constexpr base::Duration kHostsTtl = std::chrono::seconds(5);
/// What the system's own list says, in place of the DNS; nullopt: it does not know the name.
[[nodiscard]] std::optional<lb::NameAnswer> hosts_answer(const net::HostsFile& hosts,
                                                         const lb::NameQuestion& question);
/// An answer of the DNS in the watch's terms.
[[nodiscard]] lb::NameAnswer name_answer(base::Result<net::DnsAnswer> answer);

class ServerNames final : check::HealthListener {
 public:
  /// Questions that are out at once; more wait.
  static constexpr std::size_t kMaxQuestions = 32;

  /// All outlive it. The health wiring has a RESOLVING target for each name.
  ServerNames(event::EventLoop& loop, const config::Model& model, HealthWiring& health,
              const TlsWiring& tls, const base::Logger& log, base::Journal& journal);
  ~ServerNames();

  void start();
  /// Of each name it is known whether it has an address.
  [[nodiscard]] bool settled() const;

  // The model is another one now, and the health wiring is about to follow: what of a name stays
  // goes on, with its servers; the others are as at a start.
  /// `before` is the model before, `map` leads from it. Yields the servers of names that stay.
  [[nodiscard]] std::vector<NamedServer> keep_for(const config::Model& before, const ModelMap& map);
  /// The health wiring has followed.
  void follow_change(const std::vector<NamedServer>& named);

  struct View {
    std::string subject;  ///< "web_server/web"
    const lb::NameWatch* watch = nullptr;
    base::WallTime since{};  ///< of its state
    std::uint64_t questions = 0;
    std::uint64_t failures = 0;  ///< questions that nobody could answer
  };
  [[nodiscard]] std::vector<View> views() const;

 private:
  class Name;
  class Question;

  void read_resolvers();
  /// No servers, as they are our own.
  [[nodiscard]] std::vector<base::IpAddress> refused() const;
  void add_names();
  void ask(Name& name, lb::NameQuestion question);
  void ask_waiting();
  void on_answer(Question& question, lb::NameAnswer answer);
  void on_health_change(check::TargetId id, const check::Target& target,
                        check::State previous) noexcept override;
  void on_usable_changes() noexcept;

  event::EventLoop& loop_;
  const config::Model& model_;
  HealthWiring& health_;
  const TlsWiring& tls_;
  const base::Logger& log_;
  base::Journal& journal_;
  std::vector<net::DnsSettings> resolvers_;  ///< in the model's order
  std::vector<std::unique_ptr<Name>> names_;
  std::map<check::TargetId, Name*> by_target_;
  std::vector<check::TargetId> usable_changes_;  ///< that names have not been told of
  std::deque<std::unique_ptr<Question>> waiting_;
  std::list<std::unique_ptr<Question>> out_;
  event::Deferred tell_names_;
  check::Subscription subscription_;
};

}  // namespace hapair::worker
