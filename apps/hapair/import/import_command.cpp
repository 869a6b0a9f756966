#include "apps/hapair/import/import_command.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "apps/hapair/config/host.hpp"
#include "apps/hapair/import/import.hpp"
#include "apps/hapair/import/keywords.hpp"
#include "apps/hapair/import/report.hpp"
#include "common/base/text.hpp"
#include "common/net/regular_file.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::importing {
namespace {

using base::concat;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnreadable = 4;
constexpr mode_t kForRoot = S_IRUSR | S_IWUSR;
constexpr mode_t kForAll = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
constexpr std::size_t kKeyBytes = 32;

base::Result<std::string> random_key() {
  std::array<std::uint8_t, kKeyBytes> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return base::os_fail("no random key");
  }
  std::string out;
  for (const std::uint8_t byte : bytes) base::append_hex(out, byte);
  return out + "\n";
}

/// Nobody else can open the file between its making and its mode.
base::Result<void> write_file(const std::string& path, std::string_view text, mode_t mode,
                              bool force) {
  if (force) ::unlink(path.c_str());  // a new file: whoever has the old one open keeps that
  net::UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd && errno == EEXIST) {
    return base::fail(concat(path, " is there already; move it away, or give --force"));
  }
  if (!fd) return base::os_fail(path);
  if (auto done = net::write_whole(fd.get(), base::as_bytes(text), path); !done) return done;
  if (::close(fd.release()) != 0) return base::os_fail(path);
  return {};
}

base::Result<void> write_secrets(const Context& context, bool force) {
  for (const SecretFile& secret : context.draft.secrets) {
    std::string text = secret.text;
    if (text.empty()) {
      auto key = random_key();
      if (!key) return std::unexpected(key.error());
      text = *std::move(key);
    }
    if (auto done = write_file(secret.path, text, kForRoot, force); !done) return done;
  }
  return {};
}

/// The folder of the output, by its absolute path: the config names secrets by it.
std::string secrets_folder(const ImportRequest& request) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!request.secrets.empty()) {
    return fs::absolute(request.secrets, error).lexically_normal().string();
  }
  if (request.output.empty()) return "/etc/hapair";
  return fs::absolute(request.output, error).lexically_normal().parent_path().string();
}

std::map<std::string, std::string, std::less<>> interfaces_of_host() {
  std::map<std::string, std::string, std::less<>> out;
  const auto host = config::read_host();
  if (!host) return out;
  for (const config::HostInterface& each : host->interfaces) {
    for (const base::IpAddress& address : each.addresses) {
      out.emplace(address.to_string(), each.name);
    }
  }
  return out;
}

base::Result<Options> options_of(const ImportRequest& request) {
  Options out{.keepalived = request.keepalived,
              .haproxy = request.haproxy,
              .addresses = request.addresses,
              .interfaces = interfaces_of_host(),
              .secrets = secrets_folder(request),
              .environment = request.environment};
  while (out.secrets.size() > 1 && out.secrets.ends_with('/')) out.secrets.pop_back();
  if (!request.keepalived_version.empty()) {
    auto version = parse_version(request.keepalived_version, kOldestKeepalived, kNewestKeepalived);
    if (!version) return std::unexpected(version.error().within("--keepalived-version"));
    out.keepalived_version = *version;
  }
  if (!request.haproxy_version.empty()) {
    auto version = parse_version(request.haproxy_version, kOldestHaproxy, kNewestHaproxy);
    if (!version) return std::unexpected(version.error().within("--haproxy-version"));
    out.haproxy_version = *version;
  }
  for (const std::string& address : out.addresses) {
    if (auto parsed = base::IpAddress::parse(address); !parsed) {
      return std::unexpected(parsed.error().within("--address"));
    }
  }
  if (out.keepalived.size() > kMaxKeepalivedFiles || out.haproxy.size() > kMaxHaproxyFiles) {
    return base::fail(concat("an import takes up to ", kMaxKeepalivedFiles, " files of nodes and ",
                             kMaxHaproxyFiles, " of HAProxy"));
  }
  return out;
}

ImportReport failed(int code, std::string_view message) {
  return {.out = {}, .err = concat("hapair import: ", message, "\n"), .exit_code = code};
}

ImportReport explain(const std::string& word) {
  auto text = explain_keyword(word);
  if (!text) return failed(kExitUsage, text.error().message);
  return {.out = *std::move(text), .err = {}, .exit_code = 0};
}

}  // namespace

ImportReport import_command(const ImportRequest& request) {
  if (!request.explain.empty()) return explain(request.explain);
  if (request.keepalived.empty() && request.haproxy.empty()) {
    return failed(kExitUsage,
                  "nothing to read; name files with --keepalived and --haproxy, see 'hapair help "
                  "import'");
  }
  auto options = options_of(request);
  if (!options) return failed(kExitUsage, options.error().message);
  if (auto salt = random_key()) options->salt = *std::move(salt);
  DiskFiles files;
  Context context{.options = *options, .files = files};
  const auto outcome = run_import(context);
  if (!outcome) return failed(kExitUnreadable, outcome.error().message);

  ImportReport out{.out = {}, .err = {}, .exit_code = exit_code(context, *outcome)};
  std::string report =
      request.report_json ? json_report(context, *outcome) : text_report(context, *outcome);
  if (request.output.empty()) {
    out.out = outcome->config;
    out.err = std::move(report);
    if (!context.draft.secrets.empty() && !request.report_json) {
      out.err += "Secrets are written with -o FILE only\n";
    }
    return out;
  }
  out.out = std::move(report);
  // The config is worthless without its secrets, not the other way round.
  auto done = write_secrets(context, request.force);
  if (done) done = write_file(request.output, outcome->config, kForAll, request.force);
  if (!done) {
    out.err = concat("hapair import: ", done.error().message, "\n");
    out.exit_code = kExitFailed;
  }
  return out;
}

base::Result<Translated> translate_haproxy(const ImportRequest& request,
                                           const std::string& folder) {
  auto options = options_of(request);
  if (!options) return std::unexpected(options.error());
  options->secrets = folder;
  if (auto salt = random_key()) options->salt = *std::move(salt);
  DiskFiles files;
  Context context{.options = *options, .files = files};
  auto outcome = run_import(context);
  if (!outcome) return std::unexpected(outcome.error());
  Translated out{.config = outcome->config, .report = text_report(context, *outcome)};
  if (!outcome->faults.empty()) {
    return base::fail(concat(out.report, "the result is no good; see the faults above"));
  }
  if (context.account.has_open_decision()) {
    return base::fail(concat(out.report, "the report names something that you must decide first"));
  }
  if (auto done = write_secrets(context, true); !done) return std::unexpected(done.error());
  const std::string path = concat(folder, "/imported.json");
  if (auto done = write_file(path, out.config, kForRoot, true); !done) {
    return std::unexpected(done.error());
  }
  return out;
}

}  // namespace hapair::importing
