// What the texts must look like that say what becomes of requests.
#pragma once

#include "apps/hapair/config/shape.hpp"

namespace hapair::config::rules {

extern const TextRule kCompression;      ///< "gzip" or "deflate"
extern const TextRule kContentType;      ///< "text/html", or "text/*" for all of that kind
extern const TextRule kForwardedHeader;  ///< "X-Forwarded-For" and its like, or "Forwarded"

}  // namespace hapair::config::rules
