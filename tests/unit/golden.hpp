// Compares a text with a file of tests/data; HAPAIR_REWRITE=1 writes the file anew.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace hapair {

inline bool matches_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string(HAPAIR_TEST_ROOT "/data/") + name;
  if (std::getenv("HAPAIR_REWRITE") != nullptr) std::ofstream(path) << text;
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  return golden.str() == text;
}

}  // namespace hapair
