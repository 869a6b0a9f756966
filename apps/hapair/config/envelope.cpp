#include "apps/hapair/config/envelope.hpp"

#include <cstdint>
#include <vector>

#include "apps/hapair/config/host.hpp"
#include "apps/hapair/config/parse.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/tls/digest.hpp"

namespace hapair::config {
namespace {

constexpr std::uint32_t kMagic = 0x68614d37;  // "haM7"

void put(base::ByteWriter& writer, std::string_view text) {
  writer.u32(static_cast<std::uint32_t>(text.size())).bytes(base::as_bytes(text));
}

std::string take(base::ByteReader& reader) {
  const std::uint32_t size = reader.u32();
  return std::string(base::as_text(reader.take(size)));
}

void put(base::ByteWriter& writer, const DerivedPasswords& map) {
  writer.u32(static_cast<std::uint32_t>(map.size()));
  for (const auto& [name, value] : map) {
    put(writer, name);
    put(writer, value);
  }
}

DerivedPasswords take_map(base::ByteReader& reader) {
  DerivedPasswords map;
  for (std::uint32_t left = reader.u32(); left > 0 && reader.ok(); --left) {
    std::string name = take(reader);
    map.insert_or_assign(std::move(name), take(reader));
  }
  return map;
}

/// Signatures under a key that everybody knows would be worse than none.
base::Result<void> check_keys(const Model& model) {
  const auto no_key_for = [](std::string_view what) {
    return base::fail(base::concat("the model's envelope has no key for ", what,
                                   "; this is a fault of hapair itself"));
  };
  for (const Vip& vip : model.vips) {
    if (vip.auth == Auth::kHmac && vip.hmac_key.size() != kHmacKeyBytes) {
      return no_key_for(base::concat("the VIP ", vip.name));
    }
  }
  if (model.cluster.says_hello() && model.hello_key.size() != kHmacKeyBytes) {
    return no_key_for("the nodes' hello");
  }
  for (const Backend& backend : model.backends) {
    if (backend.cookie && backend.cookie->is_signed && model.cookie_key.size() != kHmacKeyBytes) {
      return no_key_for(base::concat("the cookies of backend ", backend.name));
    }
  }
  return {};
}

}  // namespace

std::string pack_envelope(const Envelope& envelope) {
  base::ByteWriter writer;
  writer.u32(kMagic);
  put(writer, envelope.node);
  put(writer, envelope.facts.passwords);
  put(writer, envelope.facts.check_passwords);
  put(writer, envelope.facts.error_pages);
  put(writer, envelope.facts.user_files);
  put(writer, envelope.facts.keys);
  put(writer, envelope.facts.hello_key);
  put(writer, envelope.facts.ticket_key);
  put(writer, envelope.facts.cookie_key);
  writer.u32(static_cast<std::uint32_t>(envelope.facts.tls_items.size()));
  for (const auto& items : envelope.facts.tls_items) tls_files::put_items(writer, items);
  writer.u32(static_cast<std::uint32_t>(envelope.facts.link_locals.size()));
  for (const auto& [interface, address] : envelope.facts.link_locals) {
    put(writer, interface);
    put(writer, address.to_string());
  }
  writer.u32(static_cast<std::uint32_t>(envelope.facts.nameservers.size()));
  for (const base::Endpoint& server : envelope.facts.nameservers) put(writer, server.to_string());
  put(writer, envelope.text);
  return std::string(base::as_text(writer.view()));
}

base::Result<Envelope> unpack_envelope(std::string_view bytes) {
  base::ByteReader reader(base::as_bytes(bytes));
  Envelope envelope;
  const bool ours = reader.u32() == kMagic;
  envelope.node = take(reader);
  envelope.facts.passwords = take_map(reader);
  envelope.facts.check_passwords = take_map(reader);
  envelope.facts.error_pages = take_map(reader);
  envelope.facts.user_files = take_map(reader);
  envelope.facts.keys = take_map(reader);
  envelope.facts.hello_key = take(reader);
  envelope.facts.ticket_key = take(reader);
  envelope.facts.cookie_key = take(reader);
  for (std::uint32_t left = reader.u32(); left > 0 && reader.ok(); --left) {
    auto items = tls_files::take_items(reader);
    if (!items) break;
    envelope.facts.tls_items.push_back(std::move(*items));
  }
  for (std::uint32_t left = reader.u32(); left > 0 && reader.ok(); --left) {
    std::string interface = take(reader);
    const auto address = base::IpAddress::parse(take(reader));
    if (!address) break;
    envelope.facts.link_locals.insert_or_assign(std::move(interface), *address);
  }
  for (std::uint32_t left = reader.u32(); left > 0 && reader.ok(); --left) {
    const auto server = base::Endpoint::parse(take(reader));
    if (!server) break;
    envelope.facts.nameservers.push_back(*server);
  }
  envelope.text = take(reader);
  if (!ours || !reader.ok() || reader.left() != 0) {
    return base::fail("the model's envelope is damaged; this is a fault of hapair itself");
  }
  return envelope;
}

base::Result<Model> parse_envelope(std::string_view bytes) {
  const auto envelope = unpack_envelope(bytes);
  if (!envelope) return std::unexpected(envelope.error());
  return parse_envelope(*envelope);
}

base::Result<Model> parse_envelope(const Envelope& envelope) {
  ParsedConfig parsed = parse_config(envelope.text);
  if (!parsed.faults.empty()) {
    return base::fail(parsed.faults.sorted().front().to_string("the envelope's text"));
  }
  const auto self = identify_node(parsed.reading.draft.nodes, envelope.node, Host{});
  if (!self) return std::unexpected(self.error());
  Model model = build(parsed.reading.draft, *self, envelope.facts);
  if (auto keys = check_keys(model); !keys) return std::unexpected(keys.error());
  model.hash = tls::sha256_hex(base::as_bytes(envelope.text));
  return model;
}

}  // namespace hapair::config
