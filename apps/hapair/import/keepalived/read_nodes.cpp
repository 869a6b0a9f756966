// From the files that were named to one tree for each node.
#include <algorithm>

#include "apps/hapair/import/keepalived/reader.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

class NodeFiles {
 public:
  explicit NodeFiles(Work& work) : work_(work) {}

  void run() {
    const auto& paths = work_.context.options.keepalived;
    for (std::size_t i = 0; i < paths.size(); ++i) read_path(paths[i], i);
    for (const auto& [at, why] : passed_over_.lines) {
      if (!passed_over_.taken.contains(at)) work_.account().not_needed(at, why);
    }
  }

 private:
  void read_path(const std::string& path, std::size_t number) {
    const auto file = work_.context.load(path, Program::kKeepalived,
                                         static_cast<std::uint16_t>(work_.nodes.size()));
    if (!file) {
      work_.context.draft.decisions.push_back(file.error().message);
      return;
    }
    const std::vector<std::string> ids = condition_ids(work_.context.sources[*file]);
    const std::size_t files = work_.context.options.keepalived.size();
    if (files == 1 && ids.size() > 1) {  // one file that all nodes share
      for (const std::string& id : ids) read_node(*file, id);
      return;
    }
    // Each file is a node's: the same ids in all of them are in the nodes' order.
    std::string id;
    if (!ids.empty()) id = ids.size() > number && ids.size() == files ? ids[number] : ids.front();
    read_node(*file, id);
  }

  void read_node(std::uint32_t file, const std::string& id) {
    NodeInput node;
    node.root = Reader(work_.context, included_, passed_over_, id).read(file);
    node.config_id = id;
    work_.nodes.push_back(std::move(node));
  }

  Work& work_;
  Included included_;
  PassedOver passed_over_;
};

}  // namespace

void read_nodes(Work& work) { NodeFiles(work).run(); }

}  // namespace hapair::importing::keepalived
