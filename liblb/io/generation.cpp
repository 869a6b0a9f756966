#include "liblb/io/generation.hpp"

#include "liblb/core/rules/spec.hpp"

namespace hapair::lb {

std::uint64_t Generation::figure(const rules::RateTest& test, const base::IpAddress& client,
                                 const http::RequestHead& request) {
  ClientTable& of = tables.at(test.table);
  const auto key = of.key_for(client, &request);
  return key ? of.figure(*key, test.of, context_.now()) : 0;
}

}  // namespace hapair::lb
