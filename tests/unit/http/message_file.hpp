// Reads tests/data/http/*.txt: messages with the verdict each must get. The form is described at
// the head of requests.txt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hapair::http_test {

struct Message {
  std::string name;
  std::string verdict;         ///< what stands behind the name, unescaped
  std::string request_method;  ///< of a response's request, when given
  std::string bytes;
};

/// Fails the running test when the file cannot be read.
[[nodiscard]] std::vector<Message> read_messages(const std::string& path);

/// Resolves \r \n \t \xHH and \[TEXT*N].
[[nodiscard]] std::string unescape(std::string_view text);

}  // namespace hapair::http_test
