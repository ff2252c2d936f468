# Node.js 24 or newer
npm install
printf '%s\n' .env node_modules .zuplo dist >> .gitignore
test -f .env || (umask 077; cp .env.example .env)   # then fill it in
ZUPLO_DO_NOT_TRACK=1 npx zuplo lint
ZUPLO_DO_NOT_TRACK=1 npx zuplo dev --port 9000 --no-start-editor --no-start-docs
