#include "apps/hapair/config/load.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "apps/hapair/config/accounts.hpp"
#include "apps/hapair/config/document.hpp"
#include "apps/hapair/config/envelope.hpp"
#include "apps/hapair/config/maps.hpp"
#include "apps/hapair/config/parse.hpp"
#include "apps/hapair/config/resolv_conf.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/tls_sources.hpp"
#include "apps/hapair/scripts/script_file.hpp"
#include "apps/hapair/tls_files/contents.hpp"
#include "common/base/text.hpp"
#include "common/net/regular_file.hpp"
#include "common/tls/digest.hpp"
#include "common/tls/hkdf.hpp"
#include "liblb/core/rules/user_list.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::size_t kMinSecretBytes = 16;
constexpr std::size_t kMaxSecretBytes = 4096;
constexpr std::size_t kPasswordBytes = 8;
constexpr std::size_t kMaxErrorPageBytes = 64 * 1024;
constexpr std::size_t kMaxUserFileBytes = 1024 * 1024;
constexpr std::size_t kMaxResolvConfBytes = 64 * 1024;
constexpr std::size_t kTicketKeyBytes = 32;
constexpr mode_t kGroupAndOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kReadByOthers = S_IRGRP | S_IROTH;

/// Who else could read or change the file; empty when nobody.
std::string exposure(const net::FileContent& file) {
  if (file.owner != 0 && file.owner != ::geteuid()) return "belongs to another user than root";
  if ((file.mode & kGroupAndOthers) != 0) return "can be reached by group or others";
  return {};
}

/// Without the file, or where it can't be read, what glibc takes: a nameserver on this host.
std::vector<base::Endpoint> system_nameservers() {
  const auto file = net::read_regular_file("/etc/resolv.conf", kMaxResolvConfBytes);
  return parse_resolv_conf(file ? std::string_view(file->bytes) : std::string_view());
}

/// What to do about a config that can't be read.
std::string_view remedy_for(const base::Error& error) {
  if (error.os_errno == EACCES || error.os_errno == EPERM) {
    return "; use root, or let this user read it";
  }
  return "; name the file to read with --config FILE";
}

/// A letter for each byte of the key, all equally likely.
std::string letters_of(base::Bytes key) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (const std::uint8_t byte : key) out += kLetters[byte % kLetters.size()];
  return out;
}

base::Result<std::string> derive(const std::string& secret, const std::string& info,
                                 std::size_t bytes) {
  const auto key = tls::hkdf_sha256({base::as_bytes(secret), {}, info}, bytes);
  if (!key) return std::unexpected(key.error());
  return std::string(base::as_text(*key));
}

class FileCheck {
 public:
  explicit FileCheck(const std::string& path) { error_.file = path; }

  std::expected<CheckedFile, LoadError> run(Purpose purpose, const Host& host);

 private:
  void check_inline_passwords(const net::FileContent& file);
  /// Reads the secret, if the file names one, and derives what is derived from it.
  void derive_all();
  base::Result<void> derive_for(const VipDraft& vip, const std::string& secret);
  /// Scripts that are not there, or that others than root could change.
  void check_script_files();
  /// Users and groups that this host does not have, of which a start would tell.
  void check_accounts();
  /// Certificates and what else TLS needs: read, and looked into.
  void read_tls_files();
  /// Those that could be read.
  void check_map_files();
  base::Result<void> read_tls_file(const NamedSource& named);
  /// An OCSP response that is no good costs nobody the certificate.
  base::Result<void> look_at_certificate(const NamedSource& named, const tls_files::Item& item);
  /// A file that the nodes need: a fault on one of them. `path`: of the key that names the file.
  void report_missing(const std::string& path, const std::string& message,
                      std::string_view elsewhere = "; it must be there on the nodes",
                      std::string_view here = "; it must be there on every node");
  void report_secret(const std::string& file, const base::Error& error,
                     const std::string& path = "cluster.secret_file");
  base::Result<std::string> read_secret(const std::string& path);
  /// The passwords that checks and alerts log in with.
  void read_passwords();
  void read_password(const std::string& file, const std::string& whose);
  void read_vip_password(const VipDraft& vip);
  void read_error_pages();
  void read_error_page(const ErrorPageDraft& page);
  /// The file of a list of users.
  void read_users(const UserListDraft& list);
  /// What a file for root only holds, without the line end.
  static base::Result<std::string> read_private(const std::string& path,
                                                std::size_t max_bytes = kMaxSecretBytes);

  LoadError error_;
  ParsedConfig parsed_;
  DerivedPasswords passwords_;
  DerivedPasswords keys_;
  FilePasswords file_passwords_;
  FileContents error_pages_;
  FileContents user_files_;
  std::string hello_key_;
  std::string ticket_key_;
  std::string cookie_key_;
  std::vector<tls_files::Items> tls_items_;
  base::WallTime now_{};
  bool is_no_node_ = false;  ///< only the file is looked at: this host is none of its nodes
};

std::expected<CheckedFile, LoadError> FileCheck::run(Purpose purpose, const Host& host) {
  auto file = net::read_regular_file(error_.file, kMaxFileBytes);
  if (!file) {
    error_.unreadable = concat(file.error().message, remedy_for(file.error()));
    error_.exit_code = kExitAccess;
    return std::unexpected(std::move(error_));
  }
  now_ = host.now;
  parsed_ = parse_config(file->bytes);
  is_no_node_ = purpose == Purpose::kCheck &&
                !identify_node(parsed_.reading.draft.nodes, "", host).has_value();
  check_inline_passwords(*file);
  derive_all();
  read_tls_files();
  check_map_files();
  read_passwords();
  read_error_pages();
  for (const UserListDraft& each : parsed_.reading.draft.users) read_users(each);
  if (purpose == Purpose::kCheck) {
    check_script_files();  // without which a node runs, too: they are looked at before each run
    check_accounts();
  }
  if (!parsed_.faults.empty()) {
    error_.faults = parsed_.faults.sorted();
    return std::unexpected(std::move(error_));
  }
  return CheckedFile{std::move(file->bytes),
                     std::move(parsed_.reading.draft),
                     std::move(parsed_.reading.positions),
                     std::move(passwords_),
                     std::move(file_passwords_),
                     std::move(error_pages_),
                     std::move(user_files_),
                     std::move(keys_),
                     std::move(hello_key_),
                     std::move(ticket_key_),
                     std::move(cookie_key_),
                     std::move(tls_items_),
                     parsed_.notices.sorted()};
}

void FileCheck::check_inline_passwords(const net::FileContent& file) {
  if ((file.mode & kReadByOthers) == 0) return;
  for (const VipDraft& vip : parsed_.reading.draft.vips) {
    if (!vip.password) continue;
    const std::string path = concat("vips.", vip.vip.name, ".auth.password");
    if (parsed_.faults.names(path)) continue;
    parsed_.faults.add(parsed_.reading.positions.of(path), path,
                       "a password in a file that group or others can read; chmod 600 the file, or "
                       "leave the password out and use cluster.secret_file");
  }
  for (const UserListDraft& list : parsed_.reading.draft.users) {
    const std::string path = list.path + ".entries";
    if (list.entries.empty() || parsed_.faults.names(path)) continue;
    parsed_.faults.add(parsed_.reading.positions.of(path), path,
                       "hashes of passwords in a file that group or others can read; chmod 600 the "
                       "file, or keep them in a file of their own and name it with \"file\"");
  }
}

void FileCheck::derive_all() {
  const Draft& draft = parsed_.reading.draft;
  const std::string& path = draft.cluster.secret_file;
  if (path.empty()) return;
  const auto secret = read_secret(path);
  if (!secret) {
    report_secret(path, secret.error());
    return;
  }
  for (const VipDraft& vip : draft.vips) {
    const auto derived = derive_for(vip, *secret);
    if (!derived) return report_secret(path, derived.error());
  }
  if (!tls_sources_of(draft).empty()) {
    auto key = derive(*secret, concat("hapair tls tickets ", draft.cluster.name), kTicketKeyBytes);
    if (!key) return report_secret(path, key.error());
    ticket_key_ = *std::move(key);
  }
  const auto sets_cookies = [](const BackendDraft& each) { return each.cookie.has_value(); };
  if (std::ranges::any_of(draft.backends, sets_cookies)) {
    auto key = derive(*secret, concat("hapair cookies ", draft.cluster.name), kHmacKeyBytes);
    if (!key) return report_secret(path, key.error());
    cookie_key_ = *std::move(key);
  }
  if (!draft.cluster.hello.wanted || draft.nodes.size() < 2) return;
  auto key = derive(*secret, concat("hapair hello ", draft.cluster.name), kHmacKeyBytes);
  if (!key) return report_secret(path, key.error());
  hello_key_ = *std::move(key);
}

base::Result<void> FileCheck::derive_for(const VipDraft& vip, const std::string& secret) {
  const Auth auth = auth_of(vip, true);
  const std::string whose = concat(parsed_.reading.draft.cluster.name, "/", vip.vip.name);
  if (auth == Auth::kHmac) {
    auto key = derive(secret, concat("hapair vrrp hmac ", whose), kHmacKeyBytes);
    if (!key) return std::unexpected(key.error());
    keys_.emplace(vip.vip.name, *std::move(key));
  } else if (auth == Auth::kPassword && !vip.password && vip.password_file.empty()) {
    const auto key = derive(secret, concat("hapair vrrp password ", whose), kPasswordBytes);
    if (!key) return std::unexpected(key.error());
    passwords_.emplace(vip.vip.name, letters_of(base::as_bytes(*key)));
  }
  return {};
}

void FileCheck::read_tls_files() {
  for (const NamedSource& named : tls_sources_of(parsed_.reading.draft)) {
    tls_items_.emplace_back();  // in step with the sources, whatever becomes of them
    const auto done = read_tls_file(named);
    if (done) continue;
    if (done.error().os_errno == 0) {
      parsed_.faults.add(parsed_.reading.positions.of(named.path), named.path,
                         done.error().message);
    } else {
      report_missing(named.path, done.error().message);
    }
  }
}

base::Result<void> FileCheck::read_tls_file(const NamedSource& named) {
  auto items = tls_files::read_source(named.source);
  if (!items) return std::unexpected(items.error());
  for (const tls_files::Item& item : *items) {
    const auto fine = named.source.kind == tls_files::Kind::kCertificate
                          ? look_at_certificate(named, item)
                          : tls_files::look_into(named.source.kind, item);
    if (!fine) return std::unexpected(fine.error().within(item.path));
  }
  tls_items_.back() = std::move(*items);
  return {};
}

void FileCheck::check_map_files() {
  const Draft& draft = parsed_.reading.draft;
  const std::vector<NamedSource> sources = tls_sources_of(draft);
  const std::vector<lb::rules::MapTerms> terms = map_terms_of(draft);
  for (std::size_t i = 0; i < draft.maps.size(); ++i) {
    const MapDraft& map = draft.maps[i];
    const auto source = std::ranges::find(sources, source_of(map), &NamedSource::source);
    if (source == sources.end()) continue;
    for (const auto& item : tls_items_[static_cast<std::size_t>(source - sources.begin())]) {
      const auto made = lb::rules::Map::parse(terms[i], item.text);
      if (made) continue;
      const std::string path = map.path + ".file";
      parsed_.faults.add(parsed_.reading.positions.of(path), path,
                         concat(item.path, ":", made.error().message));
    }
  }
}

base::Result<void> FileCheck::look_at_certificate(const NamedSource& named,
                                                  const tls_files::Item& item) {
  const auto usable = tls_files::usable_of(item, base::WallTime{});
  if (!usable) return std::unexpected(usable.error());
  const auto in_time = usable->certificate.check_time(now_);
  if (!in_time && now_ != base::WallTime{}) {
    parsed_.notices.add(parsed_.reading.positions.of(named.path), named.path,
                        concat(item.path, ": ", in_time.error().message,
                               "; it is served all the same, and clients refuse it: renew it"));
  }
  if (usable->response_is_good) return {};
  parsed_.notices.add(parsed_.reading.positions.of(named.path), named.path,
                      concat(item.path, ": ", usable->response_is_good.error().message,
                             "; the certificate serves without it"));
  return {};
}

void FileCheck::check_script_files() {
  for (const ScriptDraft* script : scripts_of(parsed_.reading.draft)) {
    const ListedText& program = script->words.front();
    if (parsed_.faults.names(program.path)) continue;
    const auto fine = scripts::check_script_file(program.text);
    if (fine) continue;
    const Position at = parsed_.reading.positions.of(program.path);
    const int code = fine.error().os_errno;
    if (code == 0) {
      parsed_.faults.add(at, program.path, fine.error().message);
    } else if (is_no_node_ || (code == EACCES && ::geteuid() != 0)) {
      parsed_.notices.add(at, program.path,
                          concat(fine.error().message, "; it must be there on the nodes"));
    } else {
      parsed_.faults.add(at, program.path,
                         concat(fine.error().message, "; it must be there on every node"));
    }
  }
}

void FileCheck::check_accounts() {
  for (const MissingAccount& missing : missing_accounts(parsed_.reading.draft)) {
    if (parsed_.faults.names(missing.path)) continue;
    const Position at = parsed_.reading.positions.of(missing.path);
    if (is_no_node_) {
      parsed_.notices.add(at, missing.path,
                          concat(missing.fault, "; it must be there on the nodes"));
    } else {
      parsed_.faults.add(at, missing.path, concat(missing.fault, "; ", missing.remedy));
    }
  }
}

void FileCheck::report_missing(const std::string& path, const std::string& message,
                               std::string_view elsewhere, std::string_view here) {
  const Position at = parsed_.reading.positions.of(path);
  if (is_no_node_) return parsed_.notices.add(at, path, concat(message, elsewhere));
  if (parsed_.faults.empty()) error_.exit_code = kExitAccess;
  parsed_.faults.add(at, path, concat(message, here));
}

void FileCheck::report_secret(const std::string& file, const base::Error& error,
                              const std::string& path) {
  const std::string message = concat(file, " ", error.message);
  if (error.os_errno == 0) {
    parsed_.faults.add(parsed_.reading.positions.of(path), path, message);
  } else {
    report_missing(path, message, "; the nodes need it, and this host is none of them",
                   "; it must be there on every node, for root to read");
  }
}

base::Result<std::string> FileCheck::read_private(const std::string& path, std::size_t max_bytes) {
  auto file = net::read_regular_file(path, max_bytes);
  if (!file) return std::unexpected(file.error());
  if (const std::string exposed = exposure(*file); !exposed.empty()) {
    return base::fail(concat(exposed, "; a secret is for root only: chown root and chmod 600 it"));
  }
  if (file->bytes.size() > max_bytes) {
    return base::fail(concat("has more than ", max_bytes, " bytes; make it shorter"));
  }
  // An editor's line break at the end must not make two nodes differ.
  std::string secret = std::move(file->bytes);
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  return secret;
}

base::Result<std::string> FileCheck::read_secret(const std::string& path) {
  auto secret = read_private(path);
  if (secret && secret->size() < kMinSecretBytes) {
    return base::fail(concat("has ", secret->size(), " bytes; a secret has at least ",
                             kMinSecretBytes, ": make one with openssl rand -hex 32"));
  }
  return secret;
}

void FileCheck::read_passwords() {
  for (const VipDraft& vip : parsed_.reading.draft.vips) read_vip_password(vip);
  for (const BackendDraft& backend : parsed_.reading.draft.backends) {
    if (!backend.check) continue;
    read_password(backend.check->service.password_file, backend.check->path);
  }
  for (const AlertDraft& alert : parsed_.reading.draft.alerts) {
    read_password(alert.password_file, alert.path);
  }
}

void FileCheck::read_password(const std::string& file, const std::string& whose) {
  if (file.empty() || file_passwords_.contains(file)) return;
  const std::string path = whose + ".password_file";
  auto password = read_private(file);
  if (!password) {
    report_secret(file, password.error(), path);
  } else if (password->empty()) {
    report_secret(file, {.message = "is empty; write the password there"}, path);
  } else {
    file_passwords_.emplace(file, *std::move(password));
  }
}

void FileCheck::read_vip_password(const VipDraft& vip) {
  if (vip.password_file.empty()) return;
  const std::string path = concat("vips.", vip.vip.name, ".auth.password_file");
  auto password = read_private(vip.password_file);
  if (!password) {
    report_secret(vip.password_file, password.error(), path);
  } else if (const auto fine = rules::kPassword.check(*password); !fine) {
    report_secret(vip.password_file, fine.error(), path);
  } else {
    passwords_.emplace(vip.vip.name, *std::move(password));
  }
}

void FileCheck::read_users(const UserListDraft& list) {
  if (list.file.empty() || user_files_.contains(list.file)) return;
  const std::string path = list.path + ".file";
  auto text = read_private(list.file, kMaxUserFileBytes);
  if (!text) return report_secret(list.file, text.error(), path);
  const auto users = lb::rules::UserList::parse(*text);
  if (!users) {
    report_secret(list.file, users.error(), path);
  } else if (users->empty()) {
    report_secret(list.file, {.message = "has no user; write a line for each, name:hash"}, path);
  } else {
    user_files_.emplace(list.file, *std::move(text));
  }
}

void FileCheck::read_error_pages() {
  for (const FrontendDraft& frontend : parsed_.reading.draft.frontends) {
    for (const ErrorPageDraft& page : frontend.requests.error_pages) read_error_page(page);
  }
  for (const BackendDraft& backend : parsed_.reading.draft.backends) {
    for (const ErrorPageDraft& page : backend.error_pages) read_error_page(page);
  }
}

void FileCheck::read_error_page(const ErrorPageDraft& page) {
  if (error_pages_.contains(page.file)) return;
  const auto fault = [&](const std::string& message) {
    parsed_.faults.add(parsed_.reading.positions.of(page.path), page.path,
                       concat(page.file, " ", message));
  };
  auto file = net::read_regular_file(page.file, kMaxErrorPageBytes);
  if (!file) {
    report_missing(page.path, concat(page.file, " ", file.error().message));
  } else if (file->bytes.size() > kMaxErrorPageBytes) {
    fault(concat("has more than ", kMaxErrorPageBytes / 1024, " KiB; make it smaller"));
  } else if (file->bytes.empty()) {
    fault("is empty; write the page there");
  } else {
    error_pages_.emplace(page.file, std::move(file->bytes));
  }
}

}  // namespace

std::string LoadError::to_string() const {
  std::string out;
  for (const Fault& fault : faults) out += fault.to_string(file) + "\n";
  if (!unreadable.empty()) out += concat(file, ": ", unreadable, "\n");
  return out;
}

std::expected<CheckedFile, LoadError> check_file(const std::string& path, Purpose purpose,
                                                 const Host& host) {
  return FileCheck(path).run(purpose, host);
}

std::expected<Loaded, LoadError> load(const std::string& path, std::string_view node,
                                      const Host& host) {
  auto checked = check_file(path, Purpose::kRun, host);
  if (!checked) return std::unexpected(std::move(checked.error()));
  const auto self = identify_node(checked->draft.nodes, node, host);
  if (!self) {
    LoadError error;
    error.file = path;
    error.exit_code = kExitFailed;  // its address may still come
    error.faults.push_back(
        {checked->positions.of("cluster.nodes"), "cluster.nodes", self.error().message});
    return std::unexpected(std::move(error));
  }
  Loaded loaded;
  NodeFacts facts{.passwords = std::move(checked->passwords),
                  .check_passwords = std::move(checked->check_passwords),
                  .error_pages = std::move(checked->error_pages),
                  .user_files = std::move(checked->user_files),
                  .keys = std::move(checked->keys),
                  .hello_key = std::move(checked->hello_key),
                  .ticket_key = std::move(checked->ticket_key),
                  .cookie_key = std::move(checked->cookie_key),
                  .tls_items = std::move(checked->tls_items),
                  .link_locals = link_locals_of(host),
                  .nameservers = {}};
  if (asks_system(checked->draft)) facts.nameservers = system_nameservers();
  loaded.model = build(checked->draft, *self, facts);
  loaded.model.hash = tls::sha256_hex(base::as_bytes(checked->text));
  loaded.envelope =
      pack_envelope({std::move(checked->text), loaded.model.node().name, std::move(facts)});
  loaded.notices = std::move(checked->notices);
  return loaded;
}

}  // namespace hapair::config
