// Owns a visit of a page for those who need not know what that is.
#pragma once

#include <memory>

namespace hapair::lb {

class PageVisit;

struct VisitEnd {
  void operator()(PageVisit* visit) const;
};
using VisitHandle = std::unique_ptr<PageVisit, VisitEnd>;

}  // namespace hapair::lb
