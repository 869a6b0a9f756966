// The TLS contexts of all binds. They begin with what the files held as the configuration was read;
// when the keeper tells that a file holds something else, that is looked into and takes its place
// without a connection noticing. What is no good is refused, and the old stays. Of the files that
// the keeper tells of, those of rules are handed on.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/guardian_client.hpp"
#include "apps/hapair/guardian/tls_files_client.hpp"
#include "apps/hapair/tls_files/contents.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/hosts_file.hpp"
#include "common/net/unique_fd.hpp"
#include "common/tls/client_context.hpp"
#include "common/tls/server_context.hpp"
#include "common/tls/ticket_keys.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/listener.hpp"

namespace hapair::worker {

/// A certificate that serves.
struct ServedCertificate {
  std::string path;
  tls::Certificate certificate;
};

class ModelMap;
class RuleFiles;

class TlsWiring final : guardian::TlsFileEvents {
 public:
  /// All outlive it.
  TlsWiring(event::EventLoop& loop, const config::Model& model, base::Logger& log,
            base::Journal& journal);

  /// Another one for that model, to be set up.
  [[nodiscard]] std::unique_ptr<TlsWiring> sibling(const config::Model& model) const {
    return std::make_unique<TlsWiring>(loop_, model, log_, journal_);
  }
  /// `before`: the one that serves, whose contexts this one has too where their terms are the same,
  /// and which `map` leads from; null: none does.
  [[nodiscard]] base::Result<void> set_up(const TlsWiring* before = nullptr,
                                          const ModelMap* map = nullptr);
  /// Has from here on what `next` has that was set up with this one before it, whose model is now
  /// that of both. What files hold otherwise than before is renewed in the contexts that stay.
  void take(TlsWiring& next);
  /// From here on files are watched; without the keeper what was read stays.
  void watch(guardian::GuardianClient& guardian);
  /// The channel to the keeper of the present model's files, in place of any before; none: it is
  /// the one before.
  void watch(net::UniqueFd channel);
  /// Gets from now on what is told of files for rules; outlives it.
  void hand_on_to(RuleFiles& files) { rule_files_ = &files; }
  /// Of that bind; absent: it is plain.
  [[nodiscard]] std::optional<lb::BindTls> of(const config::Bind& bind) const;
  /// To the engine, which has all backends: whose servers are spoken to under TLS, of those that
  /// have addresses.
  void use_in(lb::Engine& engine) const;
  /// What checks use under TLS, and which of them a backend's check does.
  [[nodiscard]] std::vector<tls::ClientContext*> check_contexts() const;
  [[nodiscard]] std::optional<std::size_t> check_context(std::size_t backend) const;
  /// Towards a server by its place in the model; null: its connections are plain.
  [[nodiscard]] std::shared_ptr<tls::ClientContext> towards(std::size_t backend,
                                                            std::size_t server) const;
  /// What the system itself knows of names, watched beside the files of TLS.
  [[nodiscard]] const net::HostsFile& hosts() const { return hosts_; }
  /// Of a server that the model gets behind all others of the backend: null, where that speaks in
  /// plain text.
  [[nodiscard]] base::Result<std::shared_ptr<tls::ClientContext>> add_client(
      std::size_t backend, const config::Server& server);
  /// The model has that server no longer; those behind it move up.
  void drop_client(std::size_t backend, std::size_t server);
  /// Towards the receiver of an alert, by its place in the model; null: in plain text.
  [[nodiscard]] tls::ClientContext* towards_alert(std::size_t alert) const {
    return alert < alerts_.size() ? alerts_[alert].get() : nullptr;
  }
  /// Each once, in the order of the configuration.
  [[nodiscard]] std::vector<ServedCertificate> served() const;

  void on_tls_items(std::size_t source, tls_files::Items items) noexcept override;
  void on_tls_fault(std::size_t source, std::string reason) noexcept override;
  void on_tls_files_gone() noexcept override;

 private:
  /// Often enough for keys that change every few hours.
  static constexpr base::Duration kTick = std::chrono::minutes(1);

  /// What is used of one source.
  struct File {
    tls_files::Items items;                 ///< as last told
    std::vector<ServedCertificate> served;  ///< of certificates
    std::string text;                       ///< of all else
  };

  /// For checks that have the same terms, of however many servers.
  struct CheckClient {
    config::ServerTls terms;
    std::vector<std::string> alpn;
    std::shared_ptr<tls::ClientContext> context;
  };

  [[nodiscard]] base::Result<std::shared_ptr<tls::ServerContext>> make_context(
      const config::BindTls& bind);
  // What the one before has of the same terms; null: nothing.
  [[nodiscard]] std::shared_ptr<tls::ServerContext> kept_context(const config::BindTls& bind) const;
  [[nodiscard]] std::shared_ptr<tls::ClientContext> kept_client(const config::Backend& backend,
                                                                const config::Server& server) const;
  [[nodiscard]] std::shared_ptr<tls::ClientContext> kept_alert(const config::Alert& alert) const;
  void keep_check_clients();
  [[nodiscard]] std::vector<tls::Certificate> certificates_for(const config::BindTls& bind) const;
  /// At the start: an expired certificate serves as well.
  void take_first(std::size_t source);
  void take_certificates(File& file, const tls_files::Items& items);
  void take_hosts(const tls_files::Items& items);
  void take_text(std::size_t source, const tls_files::Items& items);
  void renew(std::size_t source);
  void renew_trust(std::size_t source);
  [[nodiscard]] base::Result<void> make_client_contexts();
  [[nodiscard]] base::Result<std::shared_ptr<tls::ClientContext>> make_client(
      const config::Backend& backend, const config::Server& server) const;
  [[nodiscard]] base::Result<void> make_check_contexts();
  [[nodiscard]] base::Result<std::size_t> check_client(const config::Check& check);
  [[nodiscard]] std::string trusted_by(const config::ServerTls& tls) const;
  [[nodiscard]] base::Result<void> make_alert_contexts();
  [[nodiscard]] std::optional<tls::Certificate> own_certificate(const config::ServerTls& tls) const;
  void renew_clients(std::size_t source);
  void watch(base::Result<net::UniqueFd> channel);
  void refuse(const std::string& path, const std::string& reason);
  void refuse_response(const std::string& path, const tls_files::Usable& usable);
  void tell_of_renewal(const ServedCertificate& served);
  void warn_of_expiry();
  void on_time() noexcept;

  event::EventLoop& loop_;
  const config::Model& model_;
  base::Logger& log_;
  base::Journal& journal_;
  event::Timer timer_;
  base::WallTime warned_{};                                    ///< of certificates that expire soon
  std::shared_ptr<tls::TicketKeys> tickets_;                   ///< null: each process has its own
  std::vector<std::shared_ptr<tls::TicketKeys>> old_tickets_;  ///< of contexts that may be in use
  const TlsWiring* before_ = nullptr;                          ///< while it is set up
  const ModelMap* map_ = nullptr;                              ///< with it
  std::vector<File> files_;                                    ///< in the order of model.tls_files
  std::vector<std::shared_ptr<tls::ServerContext>> contexts_;  ///< in the order of model.tls
  /// By backend and server; one that is spoken to in plain text has none.
  std::vector<std::vector<std::shared_ptr<tls::ClientContext>>> clients_;
  std::vector<CheckClient> check_clients_;
  std::vector<std::optional<std::size_t>> check_client_of_;  ///< by backend
  net::HostsFile hosts_;
  RuleFiles* rule_files_ = nullptr;
  std::vector<std::shared_ptr<tls::ClientContext>> alerts_;  ///< by alert; null: in plain text
  std::optional<guardian::TlsFilesClient> client_;
};

/// The terms of a bind; without what needs files. `tickets` may be null.
[[nodiscard]] tls::ServerSettings server_settings(const config::BindTls& bind,
                                                  const tls::TicketKeys* tickets);

/// The terms of a check; without what needs files.
[[nodiscard]] tls::ClientSettings check_settings(const config::ServerTls& tls,
                                                 const std::vector<std::string>& alpn);

/// The terms of a server; without what needs files.
[[nodiscard]] tls::ClientSettings client_settings(const config::ServerTls& tls,
                                                  const config::Server& server);

}  // namespace hapair::worker
