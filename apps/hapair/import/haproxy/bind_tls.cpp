#include "apps/hapair/import/haproxy/bind_tls.hpp"

#include <algorithm>
#include <string>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxListBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxCertificates = 64;

class TlsWriter {
 public:
  TlsWriter(Translation& all, const Proxy& proxy, const Line& line) : all_(all), line_(line) {
    const TlsDefaults& base = all.tls;
    certificates_ = JsonTree::list();
    set("min_version", base.min_version);
    set("ciphers", base.ciphers);
    set("ciphersuites", base.ciphersuites);
    set("curves", base.curves);
    // From 2.8 on a bind of mode http offers both without a word.
    const bool both = all.model.at_least(2, 8);
    if (proxy.mode == Mode::kHttp && !both) out_["alpn"] = protocol_list("http/1.1");
  }

  void take(const ReadWord& word) {
    const std::string_view name = word.name;
    if (name == "crt") {
      add_certificate(in_folder(all_.tls.crt_base, word.value), false);
    } else if (name == "default-crt") {
      add_certificate(in_folder(all_.tls.crt_base, word.value), true);
    } else if (name == "crt-list") {
      add_list(word);
    } else if (name == "ca-file" || name == "ca-verify-file") {
      clients_["ca"] = in_folder(all_.tls.ca_base, word.value);
    } else if (name == "crl-file") {
      clients_["crl"] = in_folder(all_.tls.ca_base, word.value);
    } else if (name == "verify") {
      verify_ = std::string(word.value);
    } else if (name == "strict-sni") {
      out_["strict_sni"] = true;
    } else {
      take_policy(word);
    }
  }

  JsonTree finish() {
    if (certificates_.empty()) {
      all_.report.undecided(line_.at, "`ssl` stands there without a certificate",
                            "name one in `tls.certificates`");
    }
    out_["certificates"] = std::move(certificates_);
    if (verify_ == "required" || verify_ == "optional") {
      clients_["verify"] = verify_;
      out_["client_certificates"] = std::move(clients_);
      if (!out_["client_certificates"].contains("ca")) {
        all_.report.undecided(line_.at, "`verify` stands there without a `ca-file`",
                              "name one in `tls.client_certificates.ca`");
      }
    }
    arrange(out_, {"certificates", "strict_sni", "min_version", "ciphers", "ciphersuites", "curves",
                   "alpn", "client_certificates"});
    return std::move(out_);
  }

 private:
  void set(std::string_view key, std::string_view value) {
    if (!value.empty()) out_[key] = value;
  }

  void take_policy(const ReadWord& word) {
    const std::string_view name = word.name;
    if (name == "alpn") {
      out_["alpn"] = protocol_list(word.value);
    } else if (name == "no-alpn") {
      out_["alpn"] = protocol_list("http/1.1");
    } else if (name == "ciphers" || name == "ciphersuites" || name == "curves") {
      out_[name] = word.value;
    } else if (name == "ecdhe") {
      out_["curves"] = word.value;
    } else if (name == "ssl-min-ver") {
      set("min_version", min_version(word.value));
    } else if (name == "force-tlsv13" || name == "no-tlsv12") {
      out_["min_version"] = "1.3";
    }
  }

  void add_certificate(std::string path, bool first) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    auto& items = certificates_.items();
    const auto same = [&](const JsonTree& each) { return *each.text() == path; };
    if (std::ranges::any_of(items, same)) return;
    if (items.size() == kMaxCertificates) {
      return all_.report.not_supported(
          line_.at, concat("a bind names at most ", kMaxCertificates,
                           " certificates: put them into a directory and name that"));
    }
    items.insert(first ? items.begin() : items.end(), JsonTree(std::move(path)));
  }

  /// Lines of "file [words] names"; the names of a certificate choose it in hapair.
  void add_list(const ReadWord& word) {
    const std::string path = in_folder(all_.tls.crt_base, word.value);
    const auto text = all_.model.context.files.read(path, kMaxListBytes);
    if (!text) {
      all_.report.undecided(
          word.at, concat("the list of certificates can't be read: ", text.error().message),
          "name its certificates in `tls.certificates`");
      return add_certificate(path, false);
    }
    for (std::string_view rest : base::split(*text, '\n')) {
      rest = base::trim(rest.substr(0, rest.find('#')));
      while (rest.ends_with('\r')) rest.remove_suffix(1);
      const std::string_view file = rest.substr(0, rest.find_first_of(" \t["));
      if (!file.empty()) add_certificate(in_folder(all_.tls.crt_base, file), false);
    }
  }

  Translation& all_;
  const Line& line_;
  JsonTree out_;
  JsonTree certificates_;
  JsonTree clients_;
  std::string verify_;
};

}  // namespace

JsonTree bind_tls(Translation& all, const Proxy& proxy, const Line& line,
                  const std::vector<ReadWord>& words) {
  TlsWriter writer(all, proxy, line);
  for (const ReadWord& word : words) writer.take(word);
  return writer.finish();
}

std::string min_version(std::string_view text) { return text == "TLSv1.3" ? "1.3" : ""; }

JsonTree protocol_list(std::string_view text) {
  JsonTree out = JsonTree::list();
  for (const auto each : base::split(text, ',')) {
    const std::string_view name = base::trim(each);
    // HTTP/1.0 is what HTTP/1.1 covers, and no protocol of its own.
    if (!name.empty() && name != "http/1.0" && name != "h3") out.add(name);
  }
  return out;
}

}  // namespace hapair::importing::haproxy
