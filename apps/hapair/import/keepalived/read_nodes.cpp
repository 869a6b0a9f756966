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
    for (const auto& [at, why] : readings_.passed_over.lines) {
      if (!readings_.passed_over.taken.contains(at)) work_.account().not_needed(at, why);
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
      read_shared(*file, ids);
      return;
    }
    // Each file is a node's: the same ids in all of them are in the nodes' order.
    std::string id;
    if (!ids.empty()) id = ids.size() > number && ids.size() == files ? ids[number] : ids.front();
    read_node(*file, id);
  }

  void read_shared(std::uint32_t file, const std::vector<std::string>& ids) {
    const std::size_t read = std::min(ids.size(), kMaxKeepalivedFiles);
    for (std::size_t i = 0; i < read; ++i) read_node(file, ids[i]);
    if (read == ids.size()) return;
    work_.context.draft.decisions.push_back(
        base::concat("the conditions name ", ids.size(), " nodes; the first ", read,
                     " are read: give the others' config in an import of its own"));
  }

  void read_node(std::uint32_t file, const std::string& id) {
    NodeInput node;
    node.root = Reader(work_.context, readings_, id).read(file);
    node.config_id = id;
    work_.nodes.push_back(std::move(node));
  }

  Work& work_;
  Readings readings_;
};

}  // namespace

void read_nodes(Work& work) { NodeFiles(work).run(); }

}  // namespace hapair::importing::keepalived
