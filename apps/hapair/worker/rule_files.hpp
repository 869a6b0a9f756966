// What rules take from files: as it was when the configuration was read, and from then on as the
// keeper of watched files tells. What is no good is refused, and what was there stays.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/core/rules/shelf.hpp"

namespace hapair::worker {

class RuleFiles {
 public:
  /// What rules have of one map's file.
  struct MapView {
    std::size_t keys = 0;
    std::string digest{};  ///< of the file: SHA-256, 64 hex digits; empty: it was never good
    std::string fault{};   ///< why what the file holds now does not count; empty: it does
  };

  /// Puts on the shelf what the model has. All outlive it.
  RuleFiles(event::EventLoop& loop, const config::Model& model, lb::rules::Shelf& shelf,
            base::Logger& log, base::Journal& journal);

  /// Another one for that model, which puts on that shelf what the model has.
  [[nodiscard]] std::unique_ptr<RuleFiles> sibling(const config::Model& model,
                                                   lb::rules::Shelf& shelf) const {
    return std::make_unique<RuleFiles>(loop_, model, shelf, log_, journal_);
  }
  /// Has from here on what `next` has, which was made for the model that is now this one's too.
  void take(RuleFiles& next);

  /// A file of the model's that is_for_rules() holds something else now.
  void take(std::size_t file, const tls_files::Items& items);
  /// It can't be read.
  void refuse(std::size_t file, const std::string& reason);
  /// In the order of the model's maps.
  [[nodiscard]] const std::vector<MapView>& maps() const { return maps_; }

 private:
  [[nodiscard]] base::Result<void> put_map(std::size_t index, const tls_files::Item& item);
  void take_map(std::size_t index, const tls_files::Item& item);
  void refuse_map(std::size_t index, const std::string& reason);
  void tell(std::string_view id, const std::string& subject, const std::string& what);

  event::EventLoop& loop_;
  const config::Model& model_;
  lb::rules::Shelf* shelf_;
  base::Logger& log_;
  base::Journal& journal_;
  std::vector<MapView> maps_;
};

}  // namespace hapair::worker
