#include "libvrrp/io/neighbours.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "common/base/text.hpp"
#include "libvrrp/io/netlink_messages.hpp"

namespace hapair::vrrp {
namespace {

// The kernel answers within the sending call; this only guards against waiting for ever.
constexpr int kAnswerTimeoutMs = 1000;
constexpr std::size_t kAnswerBytes = 8 * 1024;

constexpr int kCreating = NLM_F_ACK | NLM_F_CREATE;

struct Answer {
  int code = 0;            ///< errno of a refusal
  unsigned nud_state = 0;  ///< NUD_*
  std::optional<MacAddress> hardware{};
};

/// nullptr when memory runs out.
Message neighbour_message(int type, int flags, std::uint32_t link, const base::IpAddress& address,
                          std::uint16_t state = 0, std::uint8_t entry_flags = 0) {
  Message message(nlmsg_alloc_simple(type, NLM_F_REQUEST | flags));
  ndmsg fixed{};
  fixed.ndm_family = address.is_v4() ? AF_INET : AF_INET6;
  fixed.ndm_ifindex = static_cast<int>(link);
  fixed.ndm_state = state;
  fixed.ndm_flags = entry_flags;
  const base::Bytes bytes = address.bytes();
  if (!message || nlmsg_append(message.get(), &fixed, sizeof fixed, NLMSG_ALIGNTO) < 0 ||
      nla_put(message.get(), NDA_DST, static_cast<int>(bytes.size()), bytes.data()) < 0) {
    return nullptr;
  }
  return message;
}

/// The answer to the request of that number, if this is it.
std::optional<Answer> answer_in(nlmsghdr* header, std::uint32_t sequence) {
  if (header->nlmsg_seq != sequence) return std::nullopt;
  if (header->nlmsg_type == NLMSG_ERROR && nlmsg_valid_hdr(header, sizeof(int))) {
    int code = 0;
    std::memcpy(&code, nlmsg_data(header), sizeof code);
    return Answer{.code = -code};
  }
  ndmsg fixed{};
  if (header->nlmsg_type != RTM_NEWNEIGH || !nlmsg_valid_hdr(header, sizeof fixed)) {
    return std::nullopt;
  }
  std::memcpy(&fixed, nlmsg_data(header), sizeof fixed);
  Answer answer{.nud_state = fixed.ndm_state};
  nlattr* hardware = nlmsg_find_attr(header, sizeof fixed, NDA_LLADDR);
  MacAddress mac{};
  if (hardware != nullptr && nla_len(hardware) == static_cast<int>(mac.size())) {
    std::memcpy(mac.data(), nla_data(hardware), mac.size());
    answer.hardware = mac;
  }
  return answer;
}

base::Result<Answer> answer_to(nl_sock* socket, const Message& message) {
  if (!message) return base::fail("neighbour: out of memory");
  const int sent = nl_send_auto(socket, message.get());
  if (sent < 0) return base::fail(base::concat("neighbour: ", nl_geterror(sent)));
  const std::uint32_t sequence = nlmsg_hdr(message.get())->nlmsg_seq;
  alignas(nlmsghdr) std::array<std::uint8_t, kAnswerBytes> buffer;
  while (true) {
    pollfd wait{.fd = nl_socket_get_fd(socket), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, kAnswerTimeoutMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return base::fail("neighbour: the kernel does not answer");
    const ssize_t got = ::recv(wait.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return base::os_fail("neighbour");
    int left = static_cast<int>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      if (const auto answer = answer_in(header, sequence)) return *answer;
    }
  }
}

/// Has the kernel look for an address whose hardware address it does not know.
base::Result<Answer> ask_by_use(nl_sock* socket, std::uint32_t link,
                                const base::IpAddress& address) {
  return answer_to(socket,
                   neighbour_message(RTM_NEWNEIGH, kCreating, link, address, NUD_NONE, NTF_USE));
}

base::Result<void> done(const base::Result<Answer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  if (answer->code != 0) return base::os_fail("neighbour", answer->code);
  return {};
}

NeighbourState state_of(unsigned nud) {
  if ((nud & (NUD_PERMANENT | NUD_NOARP)) != 0) return NeighbourState::kStatic;
  if ((nud & NUD_REACHABLE) != 0) return NeighbourState::kReachable;
  if ((nud & NUD_FAILED) != 0) return NeighbourState::kFailed;
  if ((nud & (NUD_INCOMPLETE | NUD_PROBE | NUD_DELAY)) != 0) return NeighbourState::kAsked;
  return (nud & NUD_STALE) != 0 ? NeighbourState::kOld : NeighbourState::kNone;
}

}  // namespace

base::Result<Neighbours> Neighbours::open() {
  NetlinkSocket socket(nl_socket_alloc());
  if (!socket) return base::fail("neighbour: out of memory");
  if (const int code = nl_connect(socket.get(), NETLINK_ROUTE); code < 0) {
    return base::fail(base::concat("neighbour: ", nl_geterror(code)));
  }
  nl_socket_disable_auto_ack(socket.get());
  return Neighbours(std::move(socket));
}

base::Result<NeighbourState> Neighbours::state(std::uint32_t link, const base::IpAddress& address) {
  const auto answer = answer_to(socket_.get(), neighbour_message(RTM_GETNEIGH, 0, link, address));
  if (!answer) return std::unexpected(answer.error());
  if (answer->code == ENOENT) return NeighbourState::kNone;
  if (answer->code != 0) return base::os_fail("neighbour", answer->code);
  return state_of(answer->nud_state);
}

base::Result<std::optional<MacAddress>> Neighbours::hardware(std::uint32_t link,
                                                             const base::IpAddress& address) {
  const auto answer = answer_to(socket_.get(), neighbour_message(RTM_GETNEIGH, 0, link, address));
  if (!answer) return std::unexpected(answer.error());
  if (answer->code == ENOENT) return std::nullopt;
  if (answer->code != 0) return base::os_fail("neighbour", answer->code);
  const bool valid = (answer->nud_state & (NUD_INCOMPLETE | NUD_FAILED)) == 0;
  return valid ? answer->hardware : std::nullopt;
}

base::Result<void> Neighbours::ask_anew(std::uint32_t link, const base::IpAddress& address) {
  const auto answer =
      answer_to(socket_.get(), neighbour_message(RTM_DELNEIGH, NLM_F_ACK, link, address));
  if (!answer) return std::unexpected(answer.error());
  if (answer->code != 0 && answer->code != ENOENT) return base::os_fail("neighbour", answer->code);
  return done(ask_by_use(socket_.get(), link, address));
}

base::Result<void> Neighbours::ask(std::uint32_t link, const base::IpAddress& address) {
  // An entry with a hardware address is probed at once. One without can't be: that begins by use.
  // Nothing is replaced: the entry's other flags, such as that it is a router, stay.
  auto answer = answer_to(socket_.get(),
                          neighbour_message(RTM_NEWNEIGH, kCreating, link, address, NUD_PROBE));
  if (answer && answer->code == EINVAL) {
    answer = ask_by_use(socket_.get(), link, address);
  }
  return done(answer);
}

}  // namespace hapair::vrrp
