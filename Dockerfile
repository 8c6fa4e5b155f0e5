# The controller as an image: compiled, with the packages it needs at run time, git, ssh, and nothing else of ours.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Install scripts are not needed: the image brings its own Node.js.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node node_modules/.bin/node

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /var/cache/workspace-plugin-controller
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
USER node
VOLUME /var/cache/workspace-plugin-controller
EXPOSE 8080
ENV NODE_ENV=production WPC_METRICS_ADDRESS=0.0.0.0:8080
# Node.js keeps up to 128 MiB for what is new; most of what a visit makes is garbage at once, so that 16 MiB do as well.
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/controller/main.js"]
CMD ["run"]
