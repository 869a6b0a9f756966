// What one configuration made of an engine's traffic: tables, backends and frontends by the indexes
// that this configuration gives them. What two configurations have in common is in both
// generations. A frontend that the next one does not have ends its connections on the generation
// that it was made for, which goes with the last of them. See docs/decisions/0034-reload.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "liblb/core/client_table.hpp"
#include "liblb/core/rules/shelf.hpp"
#include "liblb/io/backend_driver.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/password_checks.hpp"
#include "liblb/io/shared_row.hpp"

namespace hapair::lb {

class Generation final : public FrontendOwner {
 public:
  /// `whole`: the engine, which outlives it.
  Generation(Context& context, SessionOwner& whole) : context_(context), whole_(whole) {}

  [[nodiscard]] bool admits_session() const override { return whole_.admits_session(); }
  [[nodiscard]] std::size_t session_count() const override { return whole_.session_count(); }
  [[nodiscard]] SessionId on_session_added(Session& session) override {
    return whole_.on_session_added(session);
  }
  void on_session_removed(SessionId id) override { whole_.on_session_removed(id); }
  [[nodiscard]] InquiryDesk& inquiries() override { return whole_.inquiries(); }
  [[nodiscard]] LocalPages* pages() override { return whole_.pages(); }
  [[nodiscard]] SessionRegister& session_register() override { return whole_.session_register(); }
  [[nodiscard]] BackendDriver& backend(std::size_t index) override { return backends.at(index); }
  [[nodiscard]] const rules::Shelf& shelf() const override { return *rule_shelf; }
  [[nodiscard]] ClientTable& table(std::size_t index) override { return tables.at(index); }
  [[nodiscard]] const UserLists& users() const override { return *user_lists; }
  [[nodiscard]] std::uint64_t figure(const rules::RateTest& test, const base::IpAddress& client,
                                     const http::RequestHead& request) override;

  std::shared_ptr<const UserLists> user_lists = std::make_shared<const UserLists>();
  std::shared_ptr<rules::Shelf> rule_shelf = std::make_shared<rules::Shelf>();
  SharedRow<ClientTable> tables;  ///< outlive those who count in them
  SharedRow<BackendDriver> backends;
  SharedRow<Frontend> frontends;

 private:
  Context& context_;
  SessionOwner& whole_;
};

}  // namespace hapair::lb
