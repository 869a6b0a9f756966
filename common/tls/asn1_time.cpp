#include "common/tls/asn1_time.hpp"

#include <openssl/asn1.h>

#include <chrono>
#include <ctime>

namespace hapair::tls {

base::WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const std::chrono::year_month_day date(year(parts.tm_year + 1900),
                                         month(static_cast<unsigned>(parts.tm_mon) + 1),
                                         day(static_cast<unsigned>(parts.tm_mday)));
  // What ends after that ends never, as far as nanoseconds in 64 bits can say.
  constexpr year kLast(2250);
  const auto days = std::chrono::sys_days(date.year() > kLast ? kLast / 1 / 1 : date);
  return days + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

}  // namespace hapair::tls
