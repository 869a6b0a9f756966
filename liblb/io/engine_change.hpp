// The next generation of an engine's traffic, built beside the present one: what both have in
// common is shared, all else is made anew. Nothing that runs is touched before Engine::commit();
// one that is destroyed without it leaves no trace. See docs/decisions/0034-reload.md.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "liblb/core/client_table.hpp"
#include "liblb/core/rules/shelf.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/io/bind_settings.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::lb {

class Generation;
class Listener;

class EngineChange {
 public:
  ~EngineChange();
  EngineChange(const EngineChange&) = delete;
  EngineChange& operator=(const EngineChange&) = delete;

  // In the order of the next generation's indexes: tables, then backends, then frontends. `of`,
  // `before`: an index of the present one, named once.

  void keep_table(std::size_t of);
  void add_table(ClientTableSettings settings);
  /// With its connections, its queue and its servers. Those may change in place once the change is
  /// committed: see Engine::add_server().
  void keep_backend(std::size_t of);
  /// `before`: the one whose place it takes, and with whom it is counted.
  void add_backend(BackendSettings settings, std::optional<std::size_t> before = {});
  void use_backend_rules(std::size_t backend, std::unique_ptr<const rules::RuleList> rules);
  void use_tls(std::size_t backend, std::size_t server,
               std::shared_ptr<tls::ClientContext> context);
  /// With its connections and binds. All that it refers to (tables, backends, places on the shelf,
  /// lists of users) must be kept, at the same index.
  void keep_frontend(std::size_t of);
  /// As add_backend(); the connections of the one before end in their time.
  void add_frontend(FrontendSettings settings, std::optional<std::size_t> before = {});
  void use_rules(std::size_t frontend, std::unique_ptr<const rules::RuleList> rules);

  /// A bind of the present generation, by its frontend and its place there.
  struct BindPlace {
    std::size_t frontend = 0;
    std::size_t bind = 0;
  };
  /// Of a frontend that is not kept. `takes`: the bind whose socket it gets in place of one in
  /// `settings`, of a frontend that is not kept either. Each bind of those that nobody takes ends.
  void add_bind(std::size_t frontend, BindSettings settings, std::optional<BindPlace> takes = {});

  /// What rules of the next generation take from files: at first nothing, or all that the present
  /// ones do.
  void keep_shelf();
  /// Whose passwords its rules ask for: as the present ones, or others.
  void keep_users();
  void use_users(std::vector<rules::UserList> lists);
  [[nodiscard]] rules::Shelf& shelf();

 private:
  friend class Engine;

  struct Take {
    Listener* listener;
    Listener* from;
  };

  explicit EngineChange(Engine::Parts& parts);

  Engine::Parts& parts_;
  std::shared_ptr<Generation> next_;
  std::vector<Take> takes_;
  std::vector<Listener*> opens_;  ///< new ones that wait for nobody's role
};

}  // namespace hapair::lb
