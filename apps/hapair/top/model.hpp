// What the screen shows: the node's documents and the viewer's wishes come in, a frame goes out.
// Pure: knows no terminal, no socket and no clock.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/top/frame.hpp"
#include "apps/hapair/top/key.hpp"
#include "apps/hapair/top/rates.hpp"
#include "apps/hapair/top/views.hpp"
#include "common/base/time.hpp"

namespace hapair::top {

class Model {
 public:
  using Json = nlohmann::ordered_json;

  Model();
  ~Model();

  void on_status(Json status, base::Instant now);
  void on_latency(Json latency);
  /// What came after last_event().
  void on_events(const Json& document);
  /// The node could not be asked; the reason in words.
  void on_failure(std::string why);
  void on_key(Key key);

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] std::uint64_t last_event() const { return last_event_; }
  [[nodiscard]] Frame frame(Size size, base::Instant now) const;

 private:
  static constexpr std::size_t kMaxEvents = 256;

  [[nodiscard]] Line title(base::Instant now) const;
  void add_trouble(Frame& frame) const;
  void add_vips(Frame& frame, std::size_t limit) const;
  void add_peers(Frame& frame, std::size_t limit) const;
  [[nodiscard]] Line totals() const;
  [[nodiscard]] Line health() const;
  void add_latency(Frame& frame, std::size_t limit) const;
  [[nodiscard]] Line tabs(const Sheet& sheet) const;
  [[nodiscard]] Sheet sheet() const;
  void add_last_events(Frame& frame, std::size_t limit) const;
  [[nodiscard]] static Frame help();
  void choose(View view);
  void move(std::ptrdiff_t rows);

  std::unique_ptr<Json> status_;  ///< null: none yet
  std::unique_ptr<Json> latency_;
  std::vector<Json> events_;
  std::uint64_t last_event_ = 0;
  Rates rates_;
  std::string failure_;  ///< empty: the node answers
  base::Instant heard_{};
  View view_ = View::kServers;
  SheetOrder order_;
  std::size_t first_ = 0;  ///< row of the table that is shown first
  bool only_amiss_ = false;
  bool paused_ = false;
  bool helps_ = false;
  bool over_ = false;
};

}  // namespace hapair::top
