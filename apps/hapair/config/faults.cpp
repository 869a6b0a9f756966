#include "apps/hapair/config/faults.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::config {

std::string Fault::to_string(std::string_view file) const {
  return base::concat(file, ":", at.line, ":", at.column, ": ", path, path.empty() ? "" : ": ",
                      message);
}

void FaultList::add(Position at, std::string path, std::string message) {
  if (faults_.size() >= kMaxFaults) return;
  paths_.insert(path);
  faults_.push_back({at, std::move(path), std::move(message)});
}

const std::vector<Fault>& FaultList::sorted() {
  std::ranges::sort(faults_);  // by place first
  return faults_;
}

std::string join_path(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : base::concat(parent, ".", key);
}

std::string join_path(std::string_view parent, std::size_t index) {
  return base::concat(parent, "[", index, "]");
}

}  // namespace hapair::config
