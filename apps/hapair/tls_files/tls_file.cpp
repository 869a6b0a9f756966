#include "apps/hapair/tls_files/tls_file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/regular_file.hpp"

namespace hapair::tls_files {
namespace {

using base::concat;

constexpr std::size_t kMaxPathBytes = 4096;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

base::Result<std::string> read_file(const std::string& path, std::size_t limit = kMaxFileBytes) {
  auto content = net::read_regular_file(path, limit);
  if (!content) {
    return std::unexpected(base::Error{.message = concat(path, " ", content.error().message),
                                       .os_errno = content.error().os_errno});
  }
  if (content->bytes.size() > limit) {
    return base::fail(concat(path, " has more than ", limit, " bytes; make it smaller"));
  }
  return std::move(content->bytes);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool is_directory(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The file that a path stands for.
std::string place_of(const std::string& path) {
  if (path != kSystemTrust || exists(path)) return path;
  for (const char* other :
       {"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (exists(other)) return other;
  }
  return path;
}

base::Result<Item> read_item(const Source& source) {
  Item item{.path = place_of(source.path)};
  auto text = read_file(item.path, source.kind == Kind::kBody ? kMaxBodyBytes : kMaxFileBytes);
  if (!text && source.kind == Kind::kHosts) return item;
  if (!text) return std::unexpected(text.error());
  item.text = std::move(*text);
  if (source.kind != Kind::kCertificate) return item;
  auto key = source.key.empty() ? base::Result<std::string>(item.text) : read_file(source.key);
  if (!key) return std::unexpected(key.error());
  item.key = std::move(*key);
  if (source.ocsp.empty()) return item;
  auto ocsp = read_file(source.ocsp);
  if (!ocsp) return std::unexpected(ocsp.error());
  item.ocsp = std::move(*ocsp);
  return item;
}

/// The source that an entry of a directory is; its path is empty where it is none.
Source entry_source(const std::string& directory, const std::string& name) {
  const std::string path = concat(directory, "/", name);
  const auto where_there = [](std::string file) { return exists(file) ? std::move(file) : ""; };
  if (name.ends_with(".pem") || name.ends_with(".crt")) {
    if (is_directory(path)) return {};
    const std::string stem = path.substr(0, path.size() - 4);
    return {.path = path, .key = where_there(stem + ".key"), .ocsp = where_there(stem + ".ocsp")};
  }
  const std::string chain = path + "/fullchain.pem";
  const std::string key = path + "/privkey.pem";
  if (!exists(chain) || !exists(key)) return {};
  return {.path = chain, .key = key, .ocsp = where_there(path + "/ocsp.der")};
}

/// The file that is there now: another one, or other content, changes one of these.
void add_look(std::string& to, const std::string& path) {
  struct stat status{};
  if (path.empty()) return;
  if (::stat(path.c_str(), &status) != 0) {
    to += concat(path, " -\n");
    return;
  }
  to += concat(path, " ", status.st_dev, " ", status.st_ino, " ", status.st_size, " ",
               status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, " ", status.st_ctim.tv_sec, ".",
               status.st_ctim.tv_nsec, "\n");
}

void add_look(std::string& to, const Source& source) {
  add_look(to, place_of(source.path));
  for (const std::string* path : {&source.key, &source.ocsp}) add_look(to, *path);
}

/// In alphabetical order.
base::Result<std::set<std::string>> names_in(const std::string& path) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) return base::os_fail(concat(path, " cannot be opened"));
  std::set<std::string> names;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') names.insert(entry->d_name);
  }
  return names;
}

base::Result<Items> read_directory(const std::string& path) {
  const auto names = names_in(path);
  if (!names) return std::unexpected(names.error());
  Items items;
  for (const std::string& name : *names) {
    const Source source = entry_source(path, name);
    if (source.path.empty()) continue;
    if (items.size() == kMaxItems) {
      return base::fail(concat(path, " holds more than ", kMaxItems, " certificates"));
    }
    auto item = read_item(source);
    if (!item) return std::unexpected(item.error());
    items.push_back(std::move(*item));
  }
  if (items.empty()) {
    return base::fail(concat(path,
                             " holds no certificate: no NAME.pem, NAME.crt or "
                             "NAME/fullchain.pem with NAME/privkey.pem"));
  }
  return items;
}

bool is_directory_of_certificates(const Source& source) {
  return source.kind == Kind::kCertificate && source.key.empty() && is_directory(source.path);
}

void put_text(base::ByteWriter& out, std::string_view text) {
  out.u32(static_cast<std::uint32_t>(text.size())).bytes(base::as_bytes(text));
}

std::string take_text(base::ByteReader& in) {
  const std::uint32_t size = in.u32();
  return std::string(base::as_text(in.take(size)));
}

}  // namespace

std::string look(const Source& source) {
  std::string seen;
  if (!is_directory_of_certificates(source)) {
    add_look(seen, source);
    return seen;
  }
  const auto names = names_in(source.path);
  if (!names) return names.error().message;
  for (const std::string& name : *names) add_look(seen, entry_source(source.path, name));
  return seen;
}

base::Result<Items> read_source(const Source& source) {
  if (is_directory_of_certificates(source)) {
    return read_directory(source.path);
  }
  auto item = read_item(source);
  if (!item) return std::unexpected(item.error());
  Items items;
  items.push_back(std::move(*item));
  return items;
}

void put_source(base::ByteWriter& out, const Source& source) {
  out.u8(static_cast<std::uint8_t>(source.kind));
  put_text(out, source.path);
  put_text(out, source.key);
  put_text(out, source.ocsp);
}

Source take_source(base::ByteReader& in) {
  Source source;
  const std::uint8_t kind = in.u8();
  source.path = take_text(in);
  source.key = take_text(in);
  source.ocsp = take_text(in);
  const auto fits = [](const std::string& path) {
    return path.empty() || (path.starts_with('/') && path.size() < kMaxPathBytes &&
                            path.find('\0') == std::string::npos);
  };
  if (kind >= kKinds || source.path.empty() || !fits(source.path) || !fits(source.key) ||
      !fits(source.ocsp)) {
    (void)in.take(in.left() + 1);  // it fails from here on
    return {};
  }
  source.kind = static_cast<Kind>(kind);
  return source;
}

void put_items(base::ByteWriter& out, const Items& items) {
  out.u32(static_cast<std::uint32_t>(items.size()));
  for (const Item& item : items) {
    put_text(out, item.path);
    put_text(out, item.text);
    put_text(out, item.key);
    put_text(out, item.ocsp);
  }
}

base::Result<Items> take_items(base::ByteReader& in) {
  Items items;
  const std::uint32_t count = in.u32();
  if (count > kMaxItems) return base::fail("too many certificates");
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Item item;
    item.path = take_text(in);
    item.text = take_text(in);
    item.key = take_text(in);
    item.ocsp = take_text(in);
    items.push_back(std::move(item));
  }
  if (!in.ok()) return base::fail("certificates cut short");
  return items;
}

}  // namespace hapair::tls_files
