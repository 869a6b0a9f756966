// What the parts of the translation share: the parsed file, and which proxy becomes what.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/haproxy/file.hpp"

namespace hapair::importing::haproxy {

enum class Mode : std::uint8_t {
  kTcp,
  kHttp,
  kOther,  ///< health, log, spop, haterm: no traffic that hapair balances
};

/// A frontend, backend or listen, with what it is called in the result.
struct Proxy {
  const Section* section = nullptr;
  Mode mode = Mode::kTcp;
  /// Its key in `frontends`; empty where it becomes none.
  std::string frontend{};
  /// Its key in `backends`; empty where it becomes none, such as for one without servers.
  std::string backend{};
  /// All its lines, those of its defaults first. A later one of a setting counts.
  std::vector<const Line*> lines{};

  /// The last line that begins with these words; nullptr where there is none, or it is taken back
  /// (`no ...`, `default ...`).
  [[nodiscard]] const Line* setting(std::initializer_list<std::string_view> words) const;
  /// A backend that is there for its statistics page: it has no servers, and says `stats` itself.
  [[nodiscard]] bool is_page() const;
};

struct Model {
  Context& context;
  const File& file;
  std::vector<Proxy> proxies{};  ///< in the file's order

  /// The proxy of that name with a frontend's side; nullptr where there is none.
  [[nodiscard]] const Proxy* frontend(std::string_view name) const;
  [[nodiscard]] const Proxy* backend(std::string_view name) const;
  [[nodiscard]] JsonTree& tree_of_frontend(const Proxy& proxy) const {
    return context.draft.config["frontends"][proxy.frontend];
  }
  [[nodiscard]] JsonTree& tree_of_backend(const Proxy& proxy) const {
    return context.draft.config["backends"][proxy.backend];
  }
  /// By name; made when it is first asked for.
  mutable std::map<std::string_view, const Proxy*> frontends_by_name{};
  mutable std::map<std::string_view, const Proxy*> backends_by_name{};
  mutable std::size_t named = 0;  ///< so many proxies are in both

  [[nodiscard]] bool at_least(std::uint16_t major, std::uint16_t minor) const {
    return context.options.haproxy_version >= Version{major, minor};
  }

 private:
  void name_proxies() const;
};

}  // namespace hapair::importing::haproxy
