#include "apps/hapair/worker/rule_files.hpp"

#include <utility>

#include "apps/hapair/worker/journal_note.hpp"
#include "common/base/text.hpp"
#include "common/tls/digest.hpp"

namespace hapair::worker {

RuleFiles::RuleFiles(event::EventLoop& loop, const config::Model& model, lb::rules::Shelf& shelf,
                     base::Logger& log, base::Journal& journal)
    : loop_(loop),
      model_(model),
      shelf_(&shelf),
      log_(log),
      journal_(journal),
      maps_(model.maps.size()) {
  const auto items_of = [&](std::size_t file) {
    return file < model.tls_items.size() ? model.tls_items[file] : tls_files::Items();
  };
  for (std::size_t i = 0; i < maps_.size(); ++i) {
    for (const tls_files::Item& item : items_of(model.maps[i].file)) {
      if (const auto put = put_map(i, item); !put) refuse_map(i, put.error().message);
    }
  }
  for (std::size_t file = 0; file < model.tls_files.size(); ++file) {
    if (model.tls_files[file].kind != tls_files::Kind::kBody) continue;
    for (const tls_files::Item& item : items_of(file)) shelf.put_body(file, item.text);
  }
}

void RuleFiles::take(RuleFiles& next) {
  shelf_ = next.shelf_;
  maps_ = std::move(next.maps_);
}

base::Result<void> RuleFiles::put_map(std::size_t index, const tls_files::Item& item) {
  auto map = lb::rules::Map::parse(model_.maps[index].terms, item.text);
  if (!map) return base::fail(base::concat(item.path, ":", map.error().message));
  maps_[index] = {.keys = map->entries(), .digest = tls::sha256_hex(base::as_bytes(item.text))};
  shelf_->put_map(index, *std::move(map));
  return {};
}

void RuleFiles::take(std::size_t file, const tls_files::Items& items) {
  for (const tls_files::Item& item : items) {
    for (std::size_t i = 0; i < maps_.size(); ++i) {
      if (model_.maps[i].file == file) take_map(i, item);
    }
    if (model_.tls_files[file].kind != tls_files::Kind::kBody) continue;
    shelf_->put_body(file, item.text);
    tell("answer-renewed", item.path, base::concat(item.text.size(), " bytes"));
  }
}

void RuleFiles::take_map(std::size_t index, const tls_files::Item& item) {
  const std::size_t before = maps_[index].keys;
  if (const auto put = put_map(index, item); !put) return refuse_map(index, put.error().message);
  tell("map-renewed", model_.maps[index].name,
       base::concat(item.path, ": ", maps_[index].keys, " keys, ", before, " before"));
}

void RuleFiles::refuse(std::size_t file, const std::string& reason) {
  for (std::size_t i = 0; i < maps_.size(); ++i) {
    if (model_.maps[i].file == file) refuse_map(i, reason);
  }
  if (model_.tls_files[file].kind != tls_files::Kind::kBody) return;
  const std::string& path = model_.tls_files[file].path;
  log_.error("answer-refused", path, base::concat(reason, "; what it said before stays"));
  note(journal_, loop_, "answer-refused", path, "unchanged", reason);
}

void RuleFiles::refuse_map(std::size_t index, const std::string& reason) {
  const std::string& name = model_.maps[index].name;
  maps_[index].fault = reason;
  log_.error("map-refused", name, base::concat(reason, "; what it held before stays"));
  note(journal_, loop_, "map-refused", name, "unchanged", reason);
}

void RuleFiles::tell(std::string_view id, const std::string& subject, const std::string& what) {
  log_.info(id, subject, what);
  note(journal_, loop_, id, subject, "serves", what);
}

}  // namespace hapair::worker
