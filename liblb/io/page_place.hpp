// A place among the pages that are made, or are on their way to clients, at once.
#pragma once

#include <cstddef>
#include <memory>

namespace hapair::lb {

struct PageEnd {
  void operator()(std::size_t* pages) const { --*pages; }
};
/// Refers to the count of them; its end counts one less.
using PagePlace = std::unique_ptr<std::size_t, PageEnd>;

/// Null: there are `most`.
[[nodiscard]] inline PagePlace take_page_place(std::size_t& pages, std::size_t most) {
  if (pages >= most) return nullptr;
  ++pages;
  return PagePlace(&pages);
}

}  // namespace hapair::lb
