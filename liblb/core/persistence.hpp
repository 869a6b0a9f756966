// Keeps the clients of a backend on their servers: by a cookie, or by a table of what they are told
// by. Says which server a request belongs to, and what becomes of the cookie on its way there and
// back. Pure; one for each backend that wants it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/figures.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/siphash.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"
#include "liblb/core/client_key.hpp"
#include "liblb/core/cookie_codec.hpp"
#include "liblb/core/key_table.hpp"
#include "liblb/core/persistence_settings.hpp"

namespace hapair::lb {

class Backend;
class Server;

/// What a persistence needs of the outside.
class PersistenceHost {
 public:
  /// Cookies are dated by it, since nodes share nothing else.
  [[nodiscard]] virtual base::WallTime wall_now() const = 0;
  [[nodiscard]] virtual const Mac& mac() const = 0;

 protected:
  ~PersistenceHost() = default;
};

struct PersistenceCounters {
  std::uint64_t kept = 0;        ///< requests or connections that went where their client belongs
  std::uint64_t moved = 0;       ///< whose server could not serve
  std::uint64_t forged = 0;      ///< cookies that no node has made for this backend
  std::uint64_t unreadable = 0;  ///< that are no such cookies at all
  std::uint64_t expired = 0;     ///< idle or old
  std::uint64_t unknown = 0;     ///< of a server that there is not
  std::uint64_t set = 0;         ///< given to clients

  /// For another process, and back.
  [[nodiscard]] base::Figures figures() const;
  void adopt(const base::Figures& figures);
};

/// What is known of where one request belongs.
struct Affinity {
  std::optional<std::size_t> server{};  ///< its place in the backend
  std::optional<TableKey> key{};        ///< in the table
  std::int64_t first = 0;               ///< as its cookie says, where that is good
  std::int64_t last = 0;
  std::size_t prefix = 0;    ///< so much of the cookie's value is ours and not the server's
  bool has_cookie = false;   ///< of the cookie's name, good or not
  char cookie = '-';         ///< third character of the termination state: N I D V E O
  char cookie_action = '-';  ///< fourth: N I U R D
};

class Persistence {
 public:
  /// The settings' own strings are kept; `host` outlives it. `hash`: random, of the table.
  /// `before`: that of the same backend in the generation before, whose figures it goes on with,
  /// and whose table where that is to be the same; null: there was none.
  Persistence(std::string_view backend, std::optional<CookieSettings> cookie,
              const std::optional<StickSettings>& stick, PersistenceHost& host,
              const base::SipKey& hash, const Persistence* before = nullptr);
  Persistence(const Persistence&) = delete;
  Persistence& operator=(const Persistence&) = delete;

  struct StickPlace {
    std::uint32_t place = 0;
    std::uint32_t identity = 0;  ///< a part of the server's: places are given to others
  };
  using StickTable = KeyTable<StickPlace>;

  /// What stands for a server in cookies.
  [[nodiscard]] std::string id_of(const Server& server) const;

  /// Where a request, or in mode tcp (`request` null) a connection, belongs.
  [[nodiscard]] Affinity look(const Backend& backend, const http::RequestHead* request,
                              const base::IpAddress& client, std::string_view server_name,
                              base::Instant now);
  /// A server was chosen.
  void on_chosen(Affinity& affinity, std::size_t server);
  /// The server has taken the client: the table knows it from now on.
  void on_served(const Affinity& affinity, const Server& server, std::size_t place,
                 base::Instant now);

  /// The request as the server is to have it, good until the next call; null: as it is.
  [[nodiscard]] const http::RequestHead* changed_for_server(const http::RequestHead& request,
                                                            const Affinity& affinity);
  /// What a response may grow by.
  static constexpr std::size_t kMaxGrowth = 640;
  struct ResponseTerms {
    bool secure = false;  ///< the client is under TLS
    bool room = true;     ///< the response may grow by kMaxGrowth; without, no cookie is set
    base::Instant now{};
  };
  /// Changes the final response on its way to the client; what is new in it is good until the next
  /// call.
  void edit_response(http::ResponseHead& response, Affinity& affinity, const Server& server,
                     std::size_t place, const ResponseTerms& terms);
  /// And it was sent.
  void on_response_sent(const Affinity& affinity);

  [[nodiscard]] const std::optional<CookieSettings>& cookie() const { return cookie_; }
  /// Null: there is none.
  [[nodiscard]] const StickTable* table() const { return table_.get(); }
  [[nodiscard]] StickTable* table() { return table_.get(); }
  [[nodiscard]] const ClientKeySettings& on() const { return on_; }
  /// See lb::parse_key().
  [[nodiscard]] std::optional<TableKey> parse_key(std::string_view text) const {
    return lb::parse_key(text, on_, hash_);
  }
  [[nodiscard]] const PersistenceCounters& counters() const { return counters_; }

  // For another process, and back. Keys of texts are hashes: its hash has to be the same.
  [[nodiscard]] const base::SipKey& hash() const { return hash_; }
  void adopt_hash(const base::SipKey& hash) { hash_ = hash; }
  void adopt_counters(const base::Figures& figures) { counters_.adopt(figures); }

 private:
  void look_at_cookie(const Backend& backend, const http::RequestHead& request, Affinity& affinity);
  void look_at_table(const Backend& backend, Affinity& affinity, base::Instant now);
  [[nodiscard]] static std::optional<std::size_t> server_at(const Backend& backend,
                                                            const StickPlace& known);
  [[nodiscard]] std::optional<TableKey> key_for(const http::RequestHead* request,
                                                const base::IpAddress& client,
                                                std::string_view server_name) const;
  /// "NAME=value; Path=/; ..."
  [[nodiscard]] std::string whole_cookie(std::string_view value, bool secure) const;
  [[nodiscard]] bool due_for_renewal(const Affinity& affinity, std::int64_t today) const;
  void insert(http::ResponseHead& response, Affinity& affinity, const Server& server,
              std::size_t place, const ResponseTerms& terms);
  /// kPrefix and kRewrite: the server's own cookie.
  void change(http::ResponseHead& response, Affinity& affinity, const Server& server);
  void add_field(http::ResponseHead& response, std::string_view name, std::string_view value) const;
  void learn(const http::ResponseHead& response, const Server& server, std::size_t place,
             base::Instant now);
  /// A field of a response that sets the cookie.
  [[nodiscard]] bool sets_ours(const http::Field& field) const;

  std::optional<CookieSettings> cookie_;
  ClientKeySettings on_;
  PersistenceHost& host_;
  base::SipKey hash_;
  std::optional<CookieCodec> codec_;
  std::optional<StickSettings> stick_;
  std::shared_ptr<StickTable> table_;  ///< of all generations with the same settings
  std::shared_ptr<PersistenceCounters> counted_;
  PersistenceCounters& counters_;
  // What the heads of now point to:
  http::RequestHead request_;
  std::string request_text_;
  std::string response_text_;
};

}  // namespace hapair::lb
