#include "apps/hapair/guardian/protocol.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "apps/hapair/guardian/wire.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

using base::ByteReader;
using base::ByteWriter;

// Writers of the fields behind the kind byte.

template <class Empty>
void put(ByteWriter&, const Empty&) {
  static_assert(sizeof(Empty) == 1, "a message with fields needs its own put()");
}
void put(ByteWriter& out, const Advertise& it) {
  out.u16(it.group).u8(it.priority);
  put_duration(out, it.interval);
}
void put(ByteWriter& out, const StopAdvertising& it) { out.u16(it.group).u8(it.resign ? 1 : 0); }
void put(ByteWriter& out, const Hold& it) { out.u16(it.group); }
void put(ByteWriter& out, const Release& it) { out.u16(it.group); }
void put(ByteWriter& out, const Announce& it) { out.u16(it.group); }
void put(ByteWriter& out, const OpenBind& it) { out.u16(it.bind); }
void put(ByteWriter& out, const OpenVrrpReceive& it) { out.u16(it.interface).u8(it.ipv6 ? 1 : 0); }
void put(ByteWriter& out, const LinkState& it) {
  out.u16(it.interface).u8(it.carrier ? 1 : 0).u8(it.addressed ? 1 : 0);
}
void put(ByteWriter& out, const KeepMaintenance& it) { out.u16(it.group).u8(it.on ? 1 : 0); }
void put(ByteWriter& out, const QuietSocket& it) { out.u8(it.on ? 1 : 0); }
void put(ByteWriter& out, const LookAtVip& it) { out.u16(it.group).u8(it.ask ? 1 : 0); }
void put(ByteWriter& out, const VipSeen& it) {
  out.u16(it.group).u8(it.here ? 1 : 0).u8(it.neighbour ? 1 : 0);
}
void put(ByteWriter& out, const UseChecksum& it) {
  out.u16(it.group).u16(it.peer).u8(static_cast<std::uint8_t>(it.form));
}
void put(ByteWriter& out, const InMaintenance& it) { out.u16(it.group); }
void put(ByteWriter& out, const ModelHere& it) {
  put_text(out, it.node);
  out.u8(it.successor ? 1 : 0);
}
void put(ByteWriter& out, const SocketsHere& it) {
  out.u8(static_cast<std::uint8_t>(it.sockets.size()));
  for (const SocketTag& tag : it.sockets)
    out.u8(static_cast<std::uint8_t>(tag.kind)).u16(tag.index);
  out.u8(it.last ? 1 : 0);
}
void put(ByteWriter& out, const StateHere& it) { out.u8(it.whole ? 1 : 0); }
void put(ByteWriter& out, const GiveAway& it) {
  out.u8(static_cast<std::uint8_t>(it.what));
  put_duration(out, it.drain);
}
void put(ByteWriter& out, const KeptDuty& it) { put_text(out, it.reason); }
void put(ByteWriter& out, const Refused& it) { put_text(out, it.reason); }
void put(ByteWriter& out, const Leave& it) { put_duration(out, it.drain); }
void put(ByteWriter& out, const VipLost& it) {
  out.u16(it.group);
  put_text(out, it.reason);
}
void put(ByteWriter& out, const CheckTarget& it) {
  out.u16(it.target).u16(it.run).u8(it.again ? 1 : 0);
}
void put(ByteWriter& out, const EchoSocket& it) { out.u16(it.target); }
void put(ByteWriter& out, const RoutesState& it) {
  out.u16(it.group);
  put_text(out, it.fault);
}
void put(ByteWriter& out, const TargetFound& it) {
  out.u16(it.target).u16(it.run).u8(static_cast<std::uint8_t>(it.outcome));
  put_text(out, it.detail);
}
void put(ByteWriter& out, const GuardianReady& it) {
  out.u32(it.uid).u32(it.gid);
  put_text(out, it.user);
  put_duration(out, it.drain_timeout);
  put_duration(out, it.script_time);
}

void put(ByteWriter& out, const AskReload& it) {
  put_text(out, it.who);
  out.u8(it.check ? 1 : 0);
}
void put(ByteWriter& out, const RefuseReload& it) { put_text(out, it.reason); }
void put(ByteWriter& out, const ReloadBind& it) { out.u16(it.bind); }
void put(ByteWriter& out, const ReloadReceive& it) { out.u16(it.interface).u8(it.ipv6 ? 1 : 0); }
void put(ByteWriter& out, const ReloadChannel& it) { out.u8(static_cast<std::uint8_t>(it.to)); }
void put(ByteWriter& out, const ReloadModel& it) {
  put_text(out, it.who);
  out.u8(it.scripts ? 1 : 0).u8(it.check ? 1 : 0);
}
void put(ByteWriter& out, const ReloadFailed& it) {
  put_text(out, it.who);
  put_text(out, it.reason);
  out.u64(static_cast<std::uint64_t>(it.at.time_since_epoch().count())).u8(it.check ? 1 : 0);
}
void put(ByteWriter& out, const Reload& it) { put_text(out, it.who); }
void put(ByteWriter& out, const WantReader& it) { out.u8(it.check ? 1 : 0); }
void put(ByteWriter& out, const ReloadEnded& it) {
  out.u8(it.good ? 1 : 0).u8(it.scripts ? 1 : 0);
  put_duration(out, it.drain_timeout);
  put_duration(out, it.script_time);
}
void put(ByteWriter& out, const Decided& it) { put_decision(out, it.decision); }
void put(ByteWriter& out, const PassOn& it) { put_decision(out, it.decision); }

// Readers of the same; nullopt: a field is outside of its range. That the message is neither too
// short nor too long is checked once, by decode().

template <class T>
struct Take {
  std::optional<T> operator()(ByteReader&) const {
    static_assert(sizeof(T) == 1, "a message with fields needs its own Take");
    return T{};
  }
};
template <>
struct Take<Advertise> {
  std::optional<Advertise> operator()(ByteReader& in) const {
    Advertise it{.group = in.u16(), .priority = in.u8()};
    const auto interval = take_duration(in);
    if (!interval) return {};
    it.interval = *interval;
    return it;
  }
};
/// Of an index and a flag.
template <typename T>
std::optional<T> take_flagged(ByteReader& in) {
  const std::uint16_t index = in.u16();
  const auto flag = take_flag(in);
  if (!flag) return {};
  return T{index, *flag};
}
template <>
struct Take<StopAdvertising> {
  std::optional<StopAdvertising> operator()(ByteReader& in) const {
    return take_flagged<StopAdvertising>(in);
  }
};
template <>
struct Take<Hold> {
  std::optional<Hold> operator()(ByteReader& in) const { return Hold{in.u16()}; }
};
template <>
struct Take<Release> {
  std::optional<Release> operator()(ByteReader& in) const { return Release{in.u16()}; }
};
template <>
struct Take<Announce> {
  std::optional<Announce> operator()(ByteReader& in) const { return Announce{in.u16()}; }
};
template <>
struct Take<OpenBind> {
  std::optional<OpenBind> operator()(ByteReader& in) const { return OpenBind{in.u16()}; }
};
template <>
struct Take<OpenVrrpReceive> {
  std::optional<OpenVrrpReceive> operator()(ByteReader& in) const {
    return take_flagged<OpenVrrpReceive>(in);
  }
};
template <>
struct Take<LinkState> {
  std::optional<LinkState> operator()(ByteReader& in) const {
    LinkState it{.interface = in.u16()};
    const auto carrier = take_flag(in);
    const auto addressed = take_flag(in);
    if (!carrier || !addressed) return {};
    it.carrier = *carrier;
    it.addressed = *addressed;
    return it;
  }
};
template <>
struct Take<KeepMaintenance> {
  std::optional<KeepMaintenance> operator()(ByteReader& in) const {
    return take_flagged<KeepMaintenance>(in);
  }
};
template <>
struct Take<QuietSocket> {
  std::optional<QuietSocket> operator()(ByteReader& in) const {
    const auto on = take_flag(in);
    return on ? std::optional(QuietSocket{*on}) : std::nullopt;
  }
};
template <>
struct Take<LookAtVip> {
  std::optional<LookAtVip> operator()(ByteReader& in) const { return take_flagged<LookAtVip>(in); }
};
template <>
struct Take<VipSeen> {
  std::optional<VipSeen> operator()(ByteReader& in) const {
    VipSeen it{.group = in.u16()};
    const auto here = take_flag(in);
    const auto neighbour = take_flag(in);
    if (!here || !neighbour) return {};
    it.here = *here;
    it.neighbour = *neighbour;
    return it;
  }
};
template <>
struct Take<UseChecksum> {
  std::optional<UseChecksum> operator()(ByteReader& in) const {
    UseChecksum it{.group = in.u16(), .peer = in.u16()};
    const std::uint8_t form = in.u8();
    if (form >= vrrp::kChecksumForms) return {};
    it.form = static_cast<vrrp::ChecksumForm>(form);
    return it;
  }
};
template <>
struct Take<InMaintenance> {
  std::optional<InMaintenance> operator()(ByteReader& in) const { return InMaintenance{in.u16()}; }
};
template <>
struct Take<ModelHere> {
  std::optional<ModelHere> operator()(ByteReader& in) const {
    ModelHere it{.node = take_text(in)};
    const auto successor = take_flag(in);
    if (!successor) return {};
    it.successor = *successor;
    return it;
  }
};
template <>
struct Take<SocketsHere> {
  std::optional<SocketsHere> operator()(ByteReader& in) const {
    SocketsHere it;
    const std::uint8_t count = in.u8();
    if (count > SocketsHere::kMax) return {};
    for (std::uint8_t i = 0; i < count; ++i) {
      const std::uint8_t kind = in.u8();
      if (kind >= kSocketKinds) return {};
      it.sockets.push_back({.kind = static_cast<SocketKind>(kind), .index = in.u16()});
    }
    const auto last = take_flag(in);
    if (!last) return {};
    it.last = *last;
    return it;
  }
};
template <>
struct Take<StateHere> {
  std::optional<StateHere> operator()(ByteReader& in) const {
    const auto whole = take_flag(in);
    return whole ? std::optional(StateHere{*whole}) : std::nullopt;
  }
};
template <>
struct Take<GiveAway> {
  std::optional<GiveAway> operator()(ByteReader& in) const {
    const std::uint8_t what = in.u8();
    const auto drain = take_duration(in);
    if (what >= GiveAway::kWhats || !drain) return {};
    return GiveAway{.what = static_cast<GiveAway::What>(what), .drain = *drain};
  }
};
template <>
struct Take<KeptDuty> {
  std::optional<KeptDuty> operator()(ByteReader& in) const { return KeptDuty{take_text(in)}; }
};
template <>
struct Take<Refused> {
  std::optional<Refused> operator()(ByteReader& in) const { return Refused{take_text(in)}; }
};
template <>
struct Take<Leave> {
  std::optional<Leave> operator()(ByteReader& in) const {
    const auto drain = take_duration(in);
    if (!drain) return {};
    return Leave{*drain};
  }
};
template <>
struct Take<VipLost> {
  std::optional<VipLost> operator()(ByteReader& in) const {
    VipLost it{.group = in.u16(), .reason = {}};
    it.reason = take_text(in);
    return it;
  }
};
template <>
struct Take<CheckTarget> {
  std::optional<CheckTarget> operator()(ByteReader& in) const {
    CheckTarget it{.target = in.u16(), .run = in.u16()};
    const auto again = take_flag(in);
    if (!again) return {};
    it.again = *again;
    return it;
  }
};
template <>
struct Take<RoutesState> {
  std::optional<RoutesState> operator()(ByteReader& in) const {
    RoutesState it{.group = in.u16(), .fault = {}};
    it.fault = take_text(in);
    return it;
  }
};
template <>
struct Take<EchoSocket> {
  std::optional<EchoSocket> operator()(ByteReader& in) const { return EchoSocket{in.u16()}; }
};
template <>
struct Take<TargetFound> {
  std::optional<TargetFound> operator()(ByteReader& in) const {
    TargetFound it{.target = in.u16(), .run = in.u16(), .outcome = {}, .detail = {}};
    const std::uint8_t outcome = in.u8();
    if (outcome >= kTargetOutcomes) return {};
    it.outcome = static_cast<TargetOutcome>(outcome);
    it.detail = take_text(in);
    return it;
  }
};
template <>
struct Take<GuardianReady> {
  std::optional<GuardianReady> operator()(ByteReader& in) const {
    GuardianReady it{.uid = in.u32(), .gid = in.u32(), .user = {}};
    it.user = take_text(in);
    const auto drain = take_duration(in);
    const auto scripts = take_duration(in);
    if (!drain || !scripts) return {};
    it.drain_timeout = *drain;
    it.script_time = *scripts;
    return it;
  }
};

template <>
struct Take<AskReload> {
  std::optional<AskReload> operator()(ByteReader& in) const {
    AskReload it{.who = take_text(in)};
    const auto check = take_flag(in);
    if (!check) return {};
    it.check = *check;
    return it;
  }
};
template <>
struct Take<RefuseReload> {
  std::optional<RefuseReload> operator()(ByteReader& in) const {
    return RefuseReload{take_text(in)};
  }
};
template <>
struct Take<ReloadBind> {
  std::optional<ReloadBind> operator()(ByteReader& in) const { return ReloadBind{in.u16()}; }
};
template <>
struct Take<ReloadReceive> {
  std::optional<ReloadReceive> operator()(ByteReader& in) const {
    return take_flagged<ReloadReceive>(in);
  }
};
template <>
struct Take<ReloadChannel> {
  std::optional<ReloadChannel> operator()(ByteReader& in) const {
    const std::uint8_t to = in.u8();
    if (to >= kReloadChannels) return {};
    return ReloadChannel{static_cast<ReloadChannelTo>(to)};
  }
};
template <>
struct Take<ReloadModel> {
  std::optional<ReloadModel> operator()(ByteReader& in) const {
    ReloadModel it{.who = take_text(in)};
    const auto scripts = take_flag(in);
    const auto check = take_flag(in);
    if (!scripts || !check) return {};
    it.scripts = *scripts;
    it.check = *check;
    return it;
  }
};
template <>
struct Take<ReloadFailed> {
  std::optional<ReloadFailed> operator()(ByteReader& in) const {
    ReloadFailed it{.who = take_text(in), .reason = {}, .at = {}};
    it.reason = take_text(in);
    const std::uint64_t at = in.u64();
    const auto check = take_flag(in);
    if (at > INT64_MAX || !check) return {};
    it.at = base::WallTime(base::WallTime::duration(static_cast<std::int64_t>(at)));
    it.check = *check;
    return it;
  }
};
template <>
struct Take<Reload> {
  std::optional<Reload> operator()(ByteReader& in) const { return Reload{take_text(in)}; }
};
template <>
struct Take<WantReader> {
  std::optional<WantReader> operator()(ByteReader& in) const {
    const auto check = take_flag(in);
    if (!check) return {};
    return WantReader{*check};
  }
};
template <>
struct Take<ReloadEnded> {
  std::optional<ReloadEnded> operator()(ByteReader& in) const {
    const auto good = take_flag(in);
    const auto scripts = take_flag(in);
    const auto drain = take_duration(in);
    const auto script_time = take_duration(in);
    if (!good || !scripts || !drain || !script_time) return {};
    return ReloadEnded{*good, *scripts, *drain, *script_time};
  }
};

template <typename T>
std::optional<T> take_decided(ByteReader& in) {
  auto decision = take_decision(in);
  if (!decision) return {};
  return T{std::move(*decision)};
}
template <>
struct Take<Decided> {
  std::optional<Decided> operator()(ByteReader& in) const { return take_decided<Decided>(in); }
};
template <>
struct Take<PassOn> {
  std::optional<PassOn> operator()(ByteReader& in) const { return take_decided<PassOn>(in); }
};

/// The kind byte is the alternative's index, counted from 1.
template <class Variant>
std::vector<std::uint8_t> encode(const Variant& message) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(message.index() + 1));
  std::visit([&](const auto& fields) { put(out, fields); }, message);
  return out.take();
}

template <class Variant, std::size_t kIndex = 0>
base::Result<Variant> decode_kind(ByteReader& in, std::size_t index) {
  if constexpr (kIndex == std::variant_size_v<Variant>) {
    return base::fail(base::concat("message of unknown kind ", index + 1));
  } else {
    if (index != kIndex) return decode_kind<Variant, kIndex + 1>(in, index);
    auto fields = Take<std::variant_alternative_t<kIndex, Variant>>()(in);
    if (!in.ok() || !fields) {
      return base::fail(base::concat("malformed message of kind ", index + 1));
    }
    if (in.left() != 0) {
      return base::fail(base::concat("message of kind ", index + 1, " with bytes behind its end"));
    }
    return Variant(std::in_place_index<kIndex>, std::move(*fields));
  }
}

template <class Variant>
base::Result<Variant> decode(base::Bytes bytes) {
  ByteReader in(bytes);
  const std::uint8_t kind = in.u8();
  if (kind == 0) return base::fail("empty message");
  return decode_kind<Variant>(in, static_cast<std::size_t>(kind) - 1);
}

}  // namespace

static_assert(std::is_same_v<std::variant_alternative_t<kGaspByte - 1, Request>, Gasp>);

std::vector<std::uint8_t> encode_request(const Request& request) { return encode(request); }
base::Result<Request> decode_request(base::Bytes bytes) { return decode<Request>(bytes); }

std::string_view name_of(const Request& request) {
  static constexpr std::array<std::string_view, std::variant_size_v<Request>> kNames = {
      "get-model",
      "advertise",
      "stop-advertising",
      "hold",
      "release",
      "announce",
      "open-bind",
      "open-control",
      "open-vrrp-receive",
      "worker-ready",
      "left",
      "gasp",
      "keep-maintenance",
      "use-checksum",
      "open-journal",
      "open-scripts",
      "check-target",
      "open-logs",
      "open-tls-files",
      "quiet-socket",
      "look-at-vip",
      "want-upgrade",
      "sockets-here",
      "state-here",
      "prepared",
      "adopted",
      "ask-reload",
      "commit-reload",
      "refuse-reload"};
  return kNames[request.index()];
}

std::vector<std::uint8_t> encode_reply(const Reply& reply) { return encode(reply); }
base::Result<Reply> decode_reply(base::Bytes bytes) { return decode<Reply>(bytes); }

std::vector<std::uint8_t> encode_command(const Command& command) { return encode(command); }
base::Result<Command> decode_command(base::Bytes bytes) { return decode<Command>(bytes); }

std::vector<std::uint8_t> encode_report(const Report& report) { return encode(report); }
base::Result<Report> decode_report(base::Bytes bytes) { return decode<Report>(bytes); }

}  // namespace hapair::guardian
