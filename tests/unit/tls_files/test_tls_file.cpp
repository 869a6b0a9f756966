#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "apps/hapair/tls_files/contents.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "tests/unit/tls/made_certificate.hpp"

namespace hapair::tls_files {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "hapair-tls-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path(name);
  }
  [[nodiscard]] std::string path(const std::string& name = {}) const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

std::string fault_of(const Source& source) {
  const auto read = read_source(source);
  REQUIRE_FALSE(read);
  return read.error().message;
}

TEST_CASE("a file is one item; its key is in it, or in a file of its own") {
  const Folder folder;
  const std::string bundle = folder.write("a.pem", "both");
  CHECK(read_source({.path = bundle}).value() ==
        Items{{.path = bundle, .text = "both", .key = "both"}});
  const std::string key = folder.write("a.key", "key");
  const std::string ocsp = folder.write("a.der", "ocsp");
  CHECK(read_source({.path = bundle, .key = key, .ocsp = ocsp}).value() ==
        Items{{.path = bundle, .text = "both", .key = "key", .ocsp = "ocsp"}});
  CHECK(read_source({.kind = Kind::kTrust, .path = bundle}).value() ==
        Items{{.path = bundle, .text = "both"}});
}

TEST_CASE("a directory is read in alphabetical order, and what is no certificate is left alone") {
  const Folder folder;
  folder.write("b.crt", "b");
  folder.write("b.key", "b's key");
  folder.write("a.pem", "a");
  folder.write("a.ocsp", "a's");
  folder.write("c/fullchain.pem", "c");
  folder.write("c/privkey.pem", "c's key");
  folder.write("README", "text");
  folder.write("empty/README", "text");
  folder.write(".hidden.pem", "h");
  folder.write("d.pem/fullchain.pem", "a directory with such a name");
  const auto items = read_source({.path = folder.path()});
  REQUIRE(items);
  CHECK(*items == Items{{.path = folder.path("a.pem"), .text = "a", .key = "a", .ocsp = "a's"},
                        {.path = folder.path("b.crt"), .text = "b", .key = "b's key"},
                        {.path = folder.path("c/fullchain.pem"), .text = "c", .key = "c's key"}});
}

TEST_CASE("what can't be read is told with its path") {
  const Folder folder;
  const std::string none = folder.path("none.pem");
  CHECK(fault_of({.path = none}) == none + " cannot be opened: No such file or directory");
  CHECK(fault_of({.path = folder.path()}).find("holds no certificate") != std::string::npos);
  CHECK(fault_of({.kind = Kind::kTrust, .path = folder.path()}).find("is no regular file") !=
        std::string::npos);
  const std::string large = folder.write("large.pem", std::string(kMaxFileBytes + 1, 'x'));
  CHECK(fault_of({.path = large}).find("has more than") != std::string::npos);
  const std::string body = folder.write("body.html", std::string(kMaxBodyBytes + 1, 'x'));
  CHECK(read_source({.kind = Kind::kMap, .path = body}));
  CHECK(fault_of({.kind = Kind::kBody, .path = body}) ==
        body + " has more than 65536 bytes; make it smaller");
  REQUIRE(mkfifo(folder.path("pipe.pem").c_str(), 0600) == 0);
  CHECK(fault_of({.path = folder.path("pipe.pem")}).find("is no regular file") !=
        std::string::npos);
  const std::string file = folder.write("a.pem", "a");
  CHECK_FALSE(read_source({.path = file, .key = none}));
  CHECK_FALSE(read_source({.path = file, .ocsp = none}));
}

TEST_CASE("sources and items come back as they were put") {
  const Source source{.kind = Kind::kRevoked, .path = "/a", .key = "/b", .ocsp = "/c"};
  const Items items{{.path = "/a", .text = "text", .key = "key", .ocsp = "ocsp"}, {.path = "/b"}};
  base::ByteWriter out;
  put_source(out, source);
  put_items(out, items);
  const std::vector<std::uint8_t> bytes = out.take();
  base::ByteReader in(bytes);
  CHECK(take_source(in) == source);
  CHECK(take_items(in).value() == items);
  CHECK(in.ok());
  CHECK(in.left() == 0);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    base::ByteReader part(base::Bytes(bytes).first(cut));
    (void)take_source(part);
    CHECK_FALSE((take_items(part) && part.ok()));
  }
}

TEST_CASE("a source that is none fails the reader") {
  for (const Source& bad :
       {Source{.path = ""}, Source{.path = "relative"}, Source{.path = "/a", .key = "b"},
        Source{.path = "/a", .ocsp = "b"}, Source{.path = "/" + std::string(5000, 'a')}}) {
    base::ByteWriter out;
    put_source(out, bad);
    base::ByteReader in(out.view());
    (void)take_source(in);
    CHECK_FALSE(in.ok());
  }
}

TEST_CASE("each kind is looked into as what it is") {
  const tls::test::MadeCertificate made;
  const Item item{.path = "/a", .text = made.certificate_pem(), .key = made.key_pem()};
  CHECK(look_into(Kind::kCertificate, item));
  CHECK(look_into(Kind::kTrust, item));
  CHECK_FALSE(look_into(Kind::kRevoked, item));
  CHECK(look_into(Kind::kMap, item));
  CHECK(look_into(Kind::kBody, item));
  CHECK_FALSE(look_into(Kind::kCertificate, {.path = "/a", .text = item.text, .key = item.text}));
  CHECK(look_into(Kind::kRevoked, {.path = "/a", .text = made.revoking({})}));
  CHECK(certificate_of(item));
  CHECK_FALSE(certificate_of({.path = "/bad"}));
  const auto wrong =
      certificate_of({.path = "/a", .text = item.text, .key = item.key, .ocsp = "no"});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("OCSP") != std::string::npos);
}

}  // namespace
}  // namespace hapair::tls_files
