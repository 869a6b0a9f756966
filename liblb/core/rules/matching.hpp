// Whether the tests of a rule hold for a request.
#pragma once

#include <span>
#include <string_view>

#include "liblb/core/rules/facts.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

/// Whether a host in lower case is one of these names, or below one that begins with "*.".
[[nodiscard]] bool names_host(std::span<const std::string> names, std::string_view host);

class Matching {
 public:
  explicit Matching(const Facts& facts) : facts_(facts) {}

  [[nodiscard]] bool all_hold(std::span<const Test> tests);
  /// A pattern was too costly for what it looked at: what was said since means nothing.
  [[nodiscard]] bool gave_up() const { return gave_up_; }
  /// A test asked for what the client has not said yet: likewise.
  [[nodiscard]] bool undecided() const { return undecided_; }

 private:
  [[nodiscard]] bool holds(const HostTest& test);
  [[nodiscard]] bool holds(const PathTest& test);
  [[nodiscard]] bool holds(const MethodTest& test);
  [[nodiscard]] bool holds(const ValueTest& test);
  [[nodiscard]] bool holds(const SourceTest& test);
  [[nodiscard]] bool holds(const PortTest& test);
  [[nodiscard]] bool holds(const TlsTest& test);
  [[nodiscard]] bool holds(const TimeTest& test);
  [[nodiscard]] bool holds(const HealthTest& test);
  [[nodiscard]] bool holds(const MapTest& test);
  [[nodiscard]] bool holds(const RateTest& test);
  [[nodiscard]] bool holds(const AnyOf& test);
  [[nodiscard]] bool holds(const Not& test);
  [[nodiscard]] bool compare(Compare how, std::span<const std::string> texts,
                             const PatternText& pattern, std::string_view value);
  [[nodiscard]] bool compare_encoded(const ValueTest& test, std::string_view value);
  [[nodiscard]] bool found(const PatternText& pattern, std::string_view value);

  const Facts& facts_;
  bool gave_up_ = false;
  bool undecided_ = false;
};

}  // namespace hapair::lb::rules
