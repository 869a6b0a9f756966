// c-ares has marked the calls used here as old since 1.28; the versions of today's distributions
// have no others.
#define CARES_NO_DEPRECATED
#include "common/net/dns_query.hpp"

#include <ares.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/random_number.hpp"

namespace hapair::net {
namespace {

constexpr int kClassInternet = 1;
/// What fits every path in one packet; also what we say that we take (RFC 6891).
constexpr int kMaxUdpPayload = 1232;

base::Result<void> fault_of(std::string_view what, int status) {
  if (status == ARES_SUCCESS) return {};
  return base::fail(base::concat(what, ": ", ares_strerror(status)));
}

/// In words that say whose fault it is.
std::string text_of(int status) {
  switch (status) {
    case ARES_ETIMEOUT:
      return "no nameserver answers in time";
    case ARES_ECONNREFUSED:
      return "no nameserver can be reached";
    case ARES_ESERVFAIL:
      return "the nameserver says SERVFAIL";
    case ARES_EREFUSED:
      return "the nameserver says REFUSED";
    case ARES_ENOTIMP:
      return "the nameserver says NOTIMP";
    default:
      return ares_strerror(status);
  }
}

/// The library counts those who use it.
struct Library {
  Library() : status(ares_library_init(ARES_LIB_INIT_ALL)) {}
  ~Library() {
    if (status == ARES_SUCCESS) ares_library_cleanup();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  int status;
};

}  // namespace

class DnsQuery::Channel {
 public:
  Channel(event::EventLoop& loop, std::string name, DnsType type, DnsHandler& handler)
      : loop_(loop),
        handler_(handler),
        name_(std::move(name)),
        type_(type),
        timer_(loop, event::Priority::kCheck, event::Callback<>::to<&Channel::on_time>(this)),
        tell_(loop, event::Priority::kCheck, event::Callback<>::to<&Channel::tell>(this)) {}

  ~Channel() {
    closing_ = true;
    if (ares_ != nullptr) ares_destroy(ares_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void start(const DnsSettings& settings) {
    limit_ = loop_.now() + kLimit;
    if (const auto asked = ask(settings); !asked) finish(std::unexpected(asked.error()));
  }

 private:
  class Socket {
   public:
    Socket(Channel& channel, int fd)
        : channel_(channel),
          fd_(fd),
          watch_(channel.loop_, event::Priority::kCheck,
                 event::Callback<event::FdEvents>::to<&Socket::on_ready>(this)) {}

    [[nodiscard]] base::Result<void> watch(bool readable, bool writable) {
      watch_.stop();
      return watch_.start_level(fd_, readable, writable);
    }
    void stop() { watch_.stop(); }

   private:
    void on_ready(event::FdEvents events) noexcept {
      const int readable = events.readable || events.closed ? fd_ : ARES_SOCKET_BAD;
      const int writable = events.writable ? fd_ : ARES_SOCKET_BAD;
      channel_.process(readable, writable);  // may destroy this socket
    }

    Channel& channel_;
    int fd_;
    event::FdWatch watch_;
  };

  base::Result<void> ask(const DnsSettings& settings) {
    ares_options options{};
    options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOALIASES;
    options.ednspsz = kMaxUdpPayload;
    options.timeout =
        static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(settings.timeout).count());
    options.tries = static_cast<int>(settings.tries);
    char only_dns[] = "b";
    options.lookups = only_dns;
    options.sock_state_cb = &Channel::on_socket_state;
    options.sock_state_cb_data = this;
    const int given = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                      ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (auto done = fault_of("c-ares", library_.status); !done) return done;
    if (auto done = fault_of("c-ares", ares_init_options(&ares_, &options, given)); !done) {
      ares_ = nullptr;
      return done;
    }
    if (auto done = fault_of("nameservers", set_servers(settings)); !done) return done;
    // Our own, so that ids can't be guessed whatever random numbers a c-ares of some version has.
    const std::uint64_t number = random_number();
    if (number == 0) return base::fail("the kernel has no random numbers yet");
    unsigned char* query = nullptr;
    int length = 0;
    const int made =
        ares_create_query(name_.c_str(), kClassInternet, static_cast<int>(type_),
                          static_cast<std::uint16_t>(number), 1, &query, &length, kMaxUdpPayload);
    if (auto done = fault_of(name_, made); !done) return done;
    ares_send(ares_, query, length, &Channel::on_answer, this);
    ares_free_string(query);
    follow_timeout();
    return {};
  }

  int set_servers(const DnsSettings& settings) {
    std::vector<ares_addr_port_node> nodes(settings.nameservers.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const base::Endpoint& server = settings.nameservers[i];
      ares_addr_port_node& node = nodes[i];
      node.next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
      node.family = server.address.is_v4() ? AF_INET : AF_INET6;
      node.udp_port = node.tcp_port = server.port;
      const base::Bytes bytes = server.address.bytes();
      std::memcpy(&node.addr, bytes.data(), bytes.size());
    }
    return ares_set_servers_ports(ares_, nodes.data());
  }

  static void on_socket_state(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Channel*>(self)->watch(fd, readable != 0, writable != 0);
  }

  void watch(int fd, bool readable, bool writable) {
    if (!readable && !writable) {
      // It may be this socket's own call that we are in: it goes a little later.
      const auto found = sockets_.find(fd);
      if (found == sockets_.end()) return;
      found->second->stop();
      gone_.push_back(std::move(found->second));
      sockets_.erase(found);
      return;
    }
    auto& socket = sockets_[fd];
    if (!socket) socket = std::make_unique<Socket>(*this, fd);
    // Without a watch the time-out ends the attempt.
    (void)socket->watch(readable, writable);
  }

  static void on_answer(void* self, int status, int /*timeouts*/, unsigned char* bytes,
                        int length) {
    auto& channel = *static_cast<Channel*>(self);
    if (channel.closing_) return;
    if (status != ARES_SUCCESS) {
      channel.finish(base::fail(text_of(status)));
      return;
    }
    channel.finish(decode_dns_answer({bytes, static_cast<std::size_t>(std::max(length, 0))},
                                     channel.name_, channel.type_));
  }

  void process(int readable, int writable) {
    ares_process_fd(ares_, readable, writable);
    gone_.clear();
    follow_timeout();
  }

  void on_time() noexcept {
    if (loop_.now() >= limit_) {
      finish(base::fail(text_of(ARES_ETIMEOUT)));
      return;
    }
    process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }

  void follow_timeout() {
    if (answer_) return;
    timeval wait{};
    base::Instant due = limit_;
    if (const timeval* next = ares_timeout(ares_, nullptr, &wait)) {
      due = std::min(due, loop_.now() + std::chrono::seconds(next->tv_sec) +
                              std::chrono::microseconds(next->tv_usec));
    }
    timer_.arm_at(due);
  }

  void finish(base::Result<DnsAnswer> answer) {
    if (answer_) return;
    answer_ = std::move(answer);
    timer_.cancel();
    tell_.schedule();
  }

  void tell() noexcept { handler_.on_dns_answer(std::move(*answer_)); }

  Library library_;
  event::EventLoop& loop_;
  DnsHandler& handler_;
  std::string name_;
  DnsType type_;
  ares_channel ares_ = nullptr;
  bool closing_ = false;
  base::Instant limit_{};
  std::map<int, std::unique_ptr<Socket>> sockets_;
  std::vector<std::unique_ptr<Socket>> gone_;  ///< closed while their own call may be running
  std::optional<base::Result<DnsAnswer>> answer_;
  event::Timer timer_;
  event::Deferred tell_;
};

DnsQuery::DnsQuery(event::EventLoop& loop, const DnsSettings& settings, std::string name,
                   DnsType type, DnsHandler& handler)
    : channel_(std::make_unique<Channel>(loop, std::move(name), type, handler)) {
  channel_->start(settings);
}

DnsQuery::~DnsQuery() = default;

}  // namespace hapair::net
