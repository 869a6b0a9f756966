#include "apps/hapair/guardian/decision.hpp"

#include <cstdint>

#include "apps/hapair/guardian/wire.hpp"

namespace hapair::guardian {
namespace {

constexpr std::size_t kMaxFigures = 32;
constexpr std::size_t kMaxText = 4096;

std::optional<std::int64_t> take_ns(base::ByteReader& in) {
  const std::uint64_t ns = in.u64();
  if (ns > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(ns);
}

}  // namespace

base::JournalEvent event_of(const Decision& decision) {
  return {.id = decision.id,
          .subject = decision.subject,
          .from = {},
          .to = {},
          .cause = decision.cause,
          .at = decision.at,
          .wall = decision.wall,
          .figures = decision.figures};
}

void put_decision(base::ByteWriter& out, const Decision& decision) {
  put_text(out, decision.id);
  put_text(out, decision.subject);
  put_text(out, decision.cause);
  out.u64(static_cast<std::uint64_t>(base::to_ns(decision.at)));
  out.u64(static_cast<std::uint64_t>(decision.wall.time_since_epoch().count()));
  out.u16(static_cast<std::uint16_t>(decision.figures.size()));
  for (const auto& [name, value] : decision.figures) {
    put_text(out, name);
    put_text(out, value);
  }
}

std::optional<Decision> take_decision(base::ByteReader& in) {
  Decision decision{.id = take_text(in), .subject = {}, .cause = {}};
  decision.subject = take_text(in);
  decision.cause = take_text(in);
  const auto at = take_ns(in);
  const auto wall = take_ns(in);
  const std::size_t figures = in.u16();
  if (decision.id.empty() || !at || !wall || figures > kMaxFigures) return std::nullopt;
  decision.at = base::from_ns(*at);
  decision.wall = base::WallTime(base::Duration(*wall));
  for (std::size_t i = 0; i < figures; ++i) {
    std::string name = take_text(in);
    decision.figures.emplace_back(std::move(name), take_text(in));
  }
  for (const std::string* text : {&decision.id, &decision.subject, &decision.cause}) {
    if (text->size() > kMaxText) return std::nullopt;
  }
  return decision;
}

}  // namespace hapair::guardian
