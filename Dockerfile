# One image for the roles `ingest`, `classify` and `desk`; docker-compose.yml gives each its command.
# The full image's C library (glibc) is what the engines inside the npm packages are linked against.
FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --omit=dev

FROM packages AS page
COPY . .
# `start` and `desk` build the page when it is out of date; here it is built once, and is then only read.
RUN node --import tsx --input-type=module \
    --eval "const { buildPage } = await import('/app/dashboards/build.ts'); await buildPage()"

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
# The C library otherwise keeps freed memory for each thread, and at its heap's end (api/boot/node-flags.ts).
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=4194304
WORKDIR /app
COPY --from=page /app /app
# The data folder belongs to the user that runs, so that a named volume mounted there does too. The page is marked as
# newer than its sources, whatever times the copying left: nobody here may, or need, build it again.
RUN install -d -o node -g node /data && touch dist/page/index.html
ENV TALLYWATCH_DATA=/data
VOLUME /data
USER node
EXPOSE 4270
# With `docker run`, the arguments after the image's name are Tallywatch's own.
ENTRYPOINT ["node", "--max-semi-space-size=32", "--import", "tsx", "api/boot/cli.ts"]
CMD ["help"]
