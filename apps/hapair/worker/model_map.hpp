// Where the parts of one model are in the next one. Parts refer to each other by index; whether two
// of them are the same can be told once the references of the older one are those of the newer.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "apps/hapair/config/model.hpp"

namespace hapair::worker {

/// What an index is one of.
enum class Reference : std::uint8_t { kBackend, kTable, kUsers, kMap, kFile, kVip, kResolver };

class ModelMap {
 public:
  /// In place of a reference to what the next model does not have.
  static constexpr std::size_t kGone = std::numeric_limits<std::size_t>::max();
  using Places = std::vector<std::size_t>;  ///< in the next model, by index in the one before

  /// By names; files by kind and path; lists of users, which have none, by what they hold.
  ModelMap(const config::Model& running, const config::Model& next);

  [[nodiscard]] const Places& frontends() const { return frontends_; }
  [[nodiscard]] const Places& backends() const { return backends_; }
  [[nodiscard]] const Places& tables() const { return tables_; }
  [[nodiscard]] const Places& files() const { return files_; }
  [[nodiscard]] const Places& vips() const { return vips_; }
  /// What was at that place before, for each place in the next model; nullopt: nothing.
  [[nodiscard]] static std::vector<std::optional<std::size_t>> before(const Places& places,
                                                                      std::size_t size);

  // The part as the next model would have it.
  [[nodiscard]] config::Frontend translated(config::Frontend frontend) const;
  [[nodiscard]] config::Backend translated(config::Backend backend) const;
  [[nodiscard]] config::BindTls translated(config::BindTls tls) const;
  [[nodiscard]] config::ServerTls translated(config::ServerTls tls) const;

  /// All that the frontend of the model before refers to is there at the same index, but for
  /// VIPs and TLS.
  [[nodiscard]] bool stays(const config::Frontend& frontend) const;
  /// The same of a backend's rules.
  [[nodiscard]] bool stays(const config::Backend& backend) const;

 private:
  template <class Part>
  [[nodiscard]] Part translate(Part part) const;
  template <class Part>
  [[nodiscard]] bool stays_all(Part part) const;
  [[nodiscard]] const Places& places(Reference kind) const;

  Places frontends_, backends_, tables_, users_, maps_, files_, vips_, resolvers_;
};

/// Whether rules take something from a file, or ask for passwords.
[[nodiscard]] bool takes_from_outside(const std::vector<lb::rules::Rule>& rules);
/// The backends that rules name, whatever for.
[[nodiscard]] std::vector<std::size_t> backends_of(const config::Frontend& frontend);
/// The tables that a frontend counts in, or whose figures its rules look at.
[[nodiscard]] std::vector<std::size_t> tables_of(const config::Frontend& frontend);
[[nodiscard]] std::vector<std::size_t> tables_of(const config::Backend& backend);

}  // namespace hapair::worker
