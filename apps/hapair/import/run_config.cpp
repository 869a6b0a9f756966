#include "apps/hapair/import/run_config.hpp"

#include <utility>

#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/file_access.hpp"
#include "apps/hapair/import/import.hpp"
#include "apps/hapair/import/private_file.hpp"
#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

using base::concat;

std::string remarks_of(const Context& context) {
  std::string out;
  for (const Note& note : context.account.notes()) {
    if (note.fate != Fate::kWrong && note.fate != Fate::kNotSupported) continue;
    out += concat(context.sources.name(note.at), ": ", to_string(note.fate), ": ", note.text,
                  note.assumed.empty() ? "" : "; ", note.assumed, "\n");
  }
  return out;
}

}  // namespace

base::Result<RunConfig> write_run_config(Options options, const std::string& folder) {
  options.secrets = folder;
  DiskFiles files;
  Context context{.options = options, .files = files};
  haproxy::translate(context);
  if (!context.draft.decisions.empty()) return base::fail(context.draft.decisions.front());
  context.account.close();
  if (auto made = make_private_folder(folder); !made) return std::unexpected(made.error());
  for (const SecretFile& secret : context.draft.secrets) {
    if (auto written = write_private_file(secret.path, secret.text); !written) {
      return std::unexpected(written.error());
    }
  }
  RunConfig out{.path = folder + "/hapair.json", .remarks = remarks_of(context)};
  if (auto written = write_private_file(out.path, context.draft.config.to_text()); !written) {
    return std::unexpected(written.error());
  }
  return out;
}

}  // namespace hapair::importing
