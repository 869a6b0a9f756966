#include "common/tls/certificate_set.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hapair::tls {
namespace {

constexpr std::size_t kServerNameBytes = 255;

}  // namespace

base::Result<CertificateSet> CertificateSet::make(std::vector<Certificate> certificates,
                                                  const MakeContext& make_context) {
  if (certificates.empty()) return base::fail("no certificate is there to serve with");
  CertificateSet set;
  set.certificates_ = std::move(certificates);
  std::map<std::string, Choice, std::less<>> choices;
  for (std::size_t i = 0; i < set.certificates_.size(); ++i) {
    for (const std::string& name : set.certificates_[i].names()) {
      set.add_choice(choices[name], i);
    }
  }
  // The fallback: the first certificate, and that of another kind for its name.
  Choice first{0};
  const auto& names = set.certificates_.front().names();
  if (!names.empty()) first = choices[names.front()];
  if (auto context = set.context_for(first, make_context); !context) {
    return std::unexpected(context.error());
  }
  for (const auto& [name, choice] : choices) {
    const auto context = set.context_for(choice, make_context);
    if (!context) return std::unexpected(context.error());
    set.by_name_.emplace(name, *context);
  }
  return set;
}

void CertificateSet::add_choice(Choice& choice, std::size_t certificate) const {
  const bool taken = std::ranges::any_of(choice, [&](std::size_t other) {
    return certificates_[other].key_kind() == certificates_[certificate].key_kind();
  });
  if (!taken) choice.push_back(certificate);
}

base::Result<std::size_t> CertificateSet::context_for(const Choice& choice,
                                                      const MakeContext& make_context) {
  const auto [known, fresh] = by_choice_.emplace(choice, contexts_.size());
  if (!fresh) return known->second;
  auto context = make_context();
  if (!context) return std::unexpected(context.error());
  for (const std::size_t certificate : choice) {
    if (auto used = certificates_[certificate].use_in(**context); !used) {
      return std::unexpected(used.error());
    }
  }
  contexts_.push_back(std::move(*context));
  return known->second;
}

SSL_CTX* CertificateSet::find(std::string_view name) const {
  std::array<char, kServerNameBytes> room;
  if (name.size() > room.size()) return nullptr;
  std::ranges::transform(name, room.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view wanted(room.data(), name.size());
  if (const auto exact = by_name_.find(wanted); exact != by_name_.end()) {
    return contexts_[exact->second].get();
  }
  // "*" in the place of the first label.
  const std::size_t dot = wanted.find('.');
  if (dot == 0 || dot == std::string_view::npos) return nullptr;
  room[dot - 1] = '*';
  const auto wildcard = by_name_.find(wanted.substr(dot - 1));
  return wildcard == by_name_.end() ? nullptr : contexts_[wildcard->second].get();
}

}  // namespace hapair::tls
