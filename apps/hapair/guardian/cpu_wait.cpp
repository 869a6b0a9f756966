#include "apps/hapair/guardian/cpu_wait.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

// The state is field 3 of the line, the two times are 14 and 15.
constexpr std::size_t kFieldsBeforeTimes = 11;

std::string_view take_field(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

std::optional<std::int64_t> ticks_of(std::string_view field) {
  // More would overflow as nanoseconds.
  constexpr std::uint64_t kMost = INT64_MAX / 1'000'000'000 / 2;
  const auto value = base::parse_unsigned(field);
  if (!value || *value > kMost) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

}  // namespace

base::Result<ProcessStat> parse_process_stat(std::string_view line, long ticks) {
  // The name before may hold anything, parentheses and spaces too.
  const std::size_t name_end = line.rfind(") ");
  if (name_end == std::string_view::npos) return base::fail("process state: there is no name");
  std::string_view rest = line.substr(name_end + 2);
  const std::string_view state = take_field(rest);
  if (state.size() != 1) return base::fail("process state: the state is one letter");
  for (std::size_t i = 1; i < kFieldsBeforeTimes; ++i) (void)take_field(rest);
  const auto user = ticks_of(take_field(rest));
  const auto system = ticks_of(take_field(rest));
  if (!user || !system || ticks <= 0) return base::fail("process state: there are no times");
  return ProcessStat{.state = state.front(),
                     .cpu = std::chrono::nanoseconds((*user + *system) * 1'000'000'000 / ticks)};
}

net::UniqueFd CpuWait::open_stat(pid_t process) {
  // Of its first thread, which has its loop: time that others have had is no sign of life.
  const std::string path = base::concat("/proc/", process, "/task/", process, "/stat");
  return net::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

bool CpuWait::excuses(base::Instant beat, base::Duration limit) {
  if (!stat_) return false;
  std::array<char, 1024> text{};
  const ssize_t got = ::pread(stat_.get(), text.data(), text.size(), 0);
  if (got <= 0) return false;  // it has ended
  const std::string_view line(text.data(), static_cast<std::size_t>(got));
  const auto stat = parse_process_stat(line, ::sysconf(_SC_CLK_TCK));
  if (!stat) return false;
  if (beat != beat_) {
    beat_ = beat;
    cpu_at_first_ = stat->cpu;
  }
  return stat->state == 'R' && stat->cpu - cpu_at_first_ < limit / 4;
}

}  // namespace hapair::guardian
