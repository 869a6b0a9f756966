#include "liblb/core/rules/shelf.hpp"

#include <utility>

namespace hapair::lb::rules {

void Shelf::put_map(std::size_t place, Map map) {
  if (place >= maps_.size()) maps_.resize(place + 1);
  maps_[place] = std::make_unique<const Map>(std::move(map));
}

void Shelf::put_body(std::size_t place, std::string body) {
  if (place >= bodies_.size()) bodies_.resize(place + 1);
  bodies_[place] = std::make_shared<const std::string>(std::move(body));
}

const Map* Shelf::map(std::size_t place) const {
  return place < maps_.size() ? maps_[place].get() : nullptr;
}

std::shared_ptr<const std::string> Shelf::body(std::size_t place) const {
  return place < bodies_.size() ? bodies_[place] : nullptr;
}

}  // namespace hapair::lb::rules
