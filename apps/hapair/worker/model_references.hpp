// Goes through all indexes by which frontends and backends of a model refer to other parts of it.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/model_map.hpp"

namespace hapair::worker {

namespace references {

// `visit` is called with the kind and the index, which it may change.

template <class Visit>
void in(lb::rules::TemplatePart& part, const Visit& visit) {
  if (part.map && part.map->place != lb::rules::MapName::kNowhere) {
    visit(Reference::kMap, part.map->place);
  }
}

template <class Visit>
void in(lb::rules::Template& text, const Visit& visit) {
  for (lb::rules::TemplatePart& part : text) in(part, visit);
}

template <class Visit>
void in(std::vector<lb::rules::Match>& matches, const Visit& visit);

template <class Visit>
void in(lb::rules::Test& test, const Visit& visit) {
  if (auto* health = std::get_if<lb::rules::HealthTest>(&test)) {
    visit(Reference::kBackend, health->backend);
  } else if (auto* rate = std::get_if<lb::rules::RateTest>(&test)) {
    visit(Reference::kTable, rate->table);
  } else if (auto* map = std::get_if<lb::rules::MapTest>(&test)) {
    in(map->in, visit);
  } else if (auto* any = std::get_if<lb::rules::AnyOf>(&test)) {
    in(any->of, visit);
  } else if (auto* none = std::get_if<lb::rules::Not>(&test)) {
    in(none->of, visit);
  }
}

template <class Visit>
void in(std::vector<lb::rules::Match>& matches, const Visit& visit) {
  for (lb::rules::Match& match : matches) {
    for (lb::rules::Test& test : match.all) in(test, visit);
  }
}

template <class Visit>
void in(lb::rules::UseMapped& use, const Visit& visit) {
  in(use.in, visit);
  if (use.otherwise) visit(Reference::kBackend, *use.otherwise);
  for (std::size_t& choice : use.choices) visit(Reference::kBackend, choice);
}

template <class Visit>
void in(lb::rules::Action& action, const Visit& visit) {
  namespace rules = lb::rules;
  if (auto* edit = std::get_if<rules::EditField>(&action)) {
    in(edit->value, visit);
  } else if (auto* path = std::get_if<rules::SetPath>(&action)) {
    in(path->to, visit);
  } else if (auto* query = std::get_if<rules::SetQuery>(&action)) {
    in(query->to, visit);
  } else if (auto* capture = std::get_if<rules::Capture>(&action)) {
    in(capture->from, visit);
  } else if (auto* basic = std::get_if<rules::BasicAuth>(&action)) {
    visit(Reference::kUsers, basic->users);
  } else if (auto* forward = std::get_if<rules::ForwardAuth>(&action)) {
    visit(Reference::kBackend, forward->backend);
  } else if (auto* use = std::get_if<rules::UseBackend>(&action)) {
    visit(Reference::kBackend, use->backend);
  } else if (auto* server = std::get_if<rules::UseServer>(&action)) {
    visit(Reference::kBackend, server->backend);
  } else if (auto* mapped = std::get_if<rules::UseMapped>(&action)) {
    in(*mapped, visit);
  } else if (auto* redirect = std::get_if<rules::Redirect>(&action)) {
    in(redirect->location, visit);
  } else if (auto* answer = std::get_if<rules::Answer>(&action); answer && answer->file) {
    visit(Reference::kFile, *answer->file);
  }
}

template <class Visit>
void in(std::vector<lb::rules::Rule>& rules, const Visit& visit) {
  for (lb::rules::Rule& rule : rules) {
    for (lb::rules::Test& test : rule.match.all) in(test, visit);
    for (lb::rules::Action& action : rule.actions) in(action, visit);
  }
}

/// But for the TLS of binds.
template <class Visit>
void in(config::Frontend& frontend, const Visit& visit) {
  for (config::Bind& bind : frontend.binds) {
    if (bind.vip) visit(Reference::kVip, *bind.vip);
  }
  if (frontend.default_backend) visit(Reference::kBackend, *frontend.default_backend);
  for (config::SniRoute& route : frontend.inspect_tls.routes) {
    visit(Reference::kBackend, route.backend);
  }
  for (std::size_t& backend : frontend.requests.monitor.fail_without) {
    visit(Reference::kBackend, backend);
  }
  for (std::size_t& table : frontend.count_in) visit(Reference::kTable, table);
  if (frontend.pages.users) visit(Reference::kUsers, *frontend.pages.users);
  in(frontend.rules, visit);
}

template <class Visit>
void in(config::ServerTls& tls, const Visit& visit) {
  if (tls.ca) visit(Reference::kFile, *tls.ca);
  if (tls.certificate) visit(Reference::kFile, *tls.certificate);
}

template <class Visit>
void in(config::BindTls& tls, const Visit& visit) {
  for (std::size_t& each : tls.certificates) visit(Reference::kFile, each);
  if (tls.ca) visit(Reference::kFile, *tls.ca);
  if (tls.crl) visit(Reference::kFile, *tls.crl);
}

/// But for echoes and scripts of checks.
template <class Visit>
void in(config::Backend& backend, const Visit& visit) {
  if (backend.tls) in(*backend.tls, visit);
  if (backend.check && backend.check->tls) in(*backend.check->tls, visit);
  for (config::Server& server : backend.servers) {
    if (server.by_name) visit(Reference::kResolver, server.by_name->resolver);
  }
  in(backend.rules, visit);
}

}  // namespace references
}  // namespace hapair::worker
