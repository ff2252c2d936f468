// The functions a PAC file may call, written from their public description. `__known` (name -> addresses), `__own` (this
// machine's address) and `__needs` (names that are not known yet) stand before. No callback leaves the engine: with
// one it could not keep its time limit.
function __ask(host) {
  const name = String(host).toLowerCase();
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return [name];
  if (!Object.hasOwn(__known, name)) { __needs.push(name.slice(0, 300)); throw new Error('a name is not resolved yet'); }
  return __known[name];
}
function __four(list) { return list.find(a => a.indexOf(':') < 0) || null; }
function __number(address) {
  const parts = String(address).split('.').map(Number);
  if (parts.length !== 4 || parts.some(p => !(p >= 0 && p < 256))) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0) >>> 0;
}
function isPlainHostName(host) { return String(host).indexOf('.') < 0; }
function dnsDomainIs(host, domain) { return String(host).toLowerCase().endsWith(String(domain).toLowerCase()); }
function localHostOrDomainIs(host, name) {
  return host === name || (isPlainHostName(host) && String(name).split('.')[0] === host);
}
function dnsResolve(host) { return __four(__ask(host)); }
function dnsResolveEx(host) { return __ask(host).join(';'); }
function isResolvable(host) { return dnsResolve(host) !== null; }
function isResolvableEx(host) { return __ask(host).length > 0; }
function isInNet(host, pattern, mask) {
  const address = dnsResolve(host), net = __number(pattern), bits = __number(mask);
  if (address === null || net === null || bits === null) return false;
  return ((__number(address) & bits) >>> 0) === ((net & bits) >>> 0);
}
function isInNetEx(host, range) {
  const [net, length] = String(range).split('/'), bits = Number(length);
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return __ask(host).some(a => __number(a) !== null && __number(net) !== null
    && ((__number(a) & mask) >>> 0) === ((__number(net) & mask) >>> 0));
}
function myIpAddress() { return __own; }
function myIpAddressEx() { return __own; }
function dnsDomainLevels(host) { return String(host).split('.').length - 1; }
function convert_addr(address) { return __number(address) || 0; }
function sortIpAddressList(list) { return String(list).split(';').sort().join(';'); }
function getClientVersion() { return '1.0'; }
function alert() {}
function shExpMatch(text, pattern) {
  let source = '';
  for (const sign of String(pattern)) {
    source += sign === '*' ? '.*' : sign === '?' ? '.' : sign.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return new RegExp('^' + source + '$').test(String(text));
}
function __parts(given) {
  const list = Array.from(given), gmt = list[list.length - 1] === 'GMT';
  if (gmt) list.pop();
  return [list, gmt];
}
function __between(value, low, high) {
  return low <= high ? value >= low && value <= high : value >= low || value <= high;
}
function weekdayRange() {
  const [list, gmt] = __parts(arguments), days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], now = new Date();
  const today = gmt ? now.getUTCDay() : now.getDay(), first = days.indexOf(list[0]);
  return __between(today, first, list.length > 1 ? days.indexOf(list[1]) : first);
}
function timeRange() {
  const [list, gmt] = __parts(arguments), now = new Date();
  const clock = gmt ? [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()]
    : [now.getHours(), now.getMinutes(), now.getSeconds()];
  const half = list.length / 2, seconds = part => (part[0] || 0) * 3600 + (part[1] || 0) * 60 + (part[2] || 0);
  if (list.length === 1) return clock[0] === list[0];
  return __between(seconds(clock), seconds(list.slice(0, half)), seconds(list.slice(half)) - (half === 1 ? 1 : 0));
}
function dateRange() {
  const [list, gmt] = __parts(arguments), now = new Date(), half = list.length / 2;
  const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
  const day = gmt ? now.getUTCDate() : now.getDate(), month = gmt ? now.getUTCMonth() : now.getMonth();
  const year = gmt ? now.getUTCFullYear() : now.getFullYear();
  const value = part => part.reduce((sum, item) => typeof item === 'string' ? sum + (months.indexOf(item) + 1) * 100
    : item > 31 ? sum + item * 10000 : sum + item, 0);
  const today = part => part.reduce((sum, item) => typeof item === 'string' ? sum + (month + 1) * 100
    : item > 31 ? sum + year * 10000 : sum + day, 0);
  if (list.length === 1) return value(list) === today(list);
  const low = list.slice(0, half), high = list.slice(half);
  return __between(today(low), value(low), value(high));
}
